// Starts a scratch server in a sandbox, connects through its unix socket, and watches for its end.
import { asFailure, Failure } from '../domain/failures/failure.ts'
import type { Child } from '../streams/processes/child.ts'
import type { ProgramRequest, Sandbox } from './sandbox.ts'

interface ServerRequest<T> {
  readonly program: ProgramRequest
  /** Text for the standard input of the server. */
  readonly input?: string
  /** Name of the server's socket in the sandbox's folder `sockets`. */
  readonly socket: string
  /** Connects to the socket's path. Rejects while the server is not ready. */
  connect(path: string): Promise<T>
  readonly signal: AbortSignal
}

export interface RunningServer<T> {
  readonly child: Child
  /** Path of its socket, in a folder that the server cannot change. */
  readonly socket: string
  /** Result of the first `connect` that succeeded. */
  readonly connected: T
  /** Resolves with the reason when the server has ended. */
  readonly ended: Promise<Failure>
}

const secondsToStart = 60
const millisecondsBetweenAttempts = 25

/**
 * Starts a server and waits until it accepts a connection. The socket is published before the server can read data of a
 * backup, so it is the server's own. Throws why the server ended, or `drill/server-failed` after a minute. The caller
 * closes the sandbox.
 */
export async function startServer<T>(sandbox: Sandbox, request: ServerRequest<T>): Promise<RunningServer<T>> {
  const { program, input, signal } = request
  const child = sandbox.start({ ...program, stdin: input === undefined ? 'ignore' : 'pipe' })
  if (input !== undefined) child.stdin.end(input)
  const ended = child.exited.then(
    () => new Failure('drill/server-failed', 'the scratch server stopped unexpectedly'),
    asFailure,
  )
  let failure: Failure | undefined
  void ended.then((reason) => {
    failure = reason
  })
  let socket: string | undefined
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted()
    if (failure) throw failure
    try {
      socket ??= await sandbox.publish(request.socket)
      return { child, socket, connected: await request.connect(socket), ended }
    } catch (error) {
      if (attempt * millisecondsBetweenAttempts >= secondsToStart * 1000)
        throw failure ?? new Failure('drill/server-failed', `the scratch server does not answer: ${String(error)}`)
      await new Promise((next) => setTimeout(next, millisecondsBetweenAttempts))
    }
  }
}
