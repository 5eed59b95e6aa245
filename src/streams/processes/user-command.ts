// Runs a command of the user through the shell, with the environment of this process except the signing key.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { Failure } from '../../domain/failures/failure.ts'
import { signalGroup, wholeEnvironment } from './child.ts'
import { supervise } from './supervisor.ts'

/** Time to wait for output after the command has ended, because a background process can keep the pipe open. */
const outputSeconds = 2
const graceSeconds = 2

/**
 * Runs `/bin/sh -c command` and returns its exit code. Each line of its output goes only to `onLine`. An aborted signal
 * ends the command and its processes (SIGTERM, after two seconds SIGKILL) and rejects with its reason. The end of this
 * process also ends them. Background processes continue after the command has exited.
 */
export async function runUserCommand(
  command: string,
  options: { readonly environment?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
  onLine: (line: string) => void = () => {},
): Promise<number> {
  const { signal } = options
  signal.throwIfAborted()
  const child = spawn('/bin/sh', ['-c', command], {
    env: { ...wholeEnvironment(), ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const done = Promise.all([endOf(child), linesOf(child.stdout, onLine), linesOf(child.stderr, onLine)])
  let hard: NodeJS.Timeout | undefined
  const stop = (): void => {
    signalGroup(child, 'SIGTERM')
    hard = setTimeout(() => signalGroup(child, 'SIGKILL'), graceSeconds * 1000)
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const [exitCode] = await done
    signal.throwIfAborted()
    return exitCode
  } finally {
    signal.removeEventListener('abort', stop)
    clearTimeout(hard)
  }
}

/** Returns its exit code; 128 plus the signal number if a signal ended it. */
async function endOf(child: ChildProcess): Promise<number> {
  if (child.pid !== undefined) child.once('exit', supervise(-child.pid))
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    setTimeout(() => {
      for (const stream of [child.stdout, child.stderr]) stream?.destroy()
    }, outputSeconds * 1000).unref()
    return code ?? 128 + constants.signals[signal as NodeJS.Signals]
  } catch (cause) {
    throw new Failure('tool/not-started', `could not start /bin/sh (${(cause as Error).message})`, { cause })
  }
}

async function linesOf(stream: Readable, onLine: (line: string) => void): Promise<void> {
  stream.on('error', () => {})
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine)
  if (!stream.closed) await once(stream, 'close')
  lines.close()
}
