// Child processes as streams. Success requires both exit code 0 and the end of the stream.

import { type ChildProcess, spawn } from 'node:child_process'
import { Readable, type Writable } from 'node:stream'
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import { type EndingSignal, supervise } from './supervisor.ts'
import { plainFailure } from './tool-failure.ts'

export interface ChildRequest {
  /** Absolute path, or a name looked up on PATH. */
  readonly command: string
  /** Must not contain secrets, because `ps` shows it. */
  readonly arguments: readonly string[]
  /** Variables in addition to a short list of harmless ones; the only way to pass a secret. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly stdin?: 'ignore' | 'pipe'
  /** A number is a file descriptor that the child writes to. */
  readonly stdout?: 'ignore' | 'pipe' | number
  /** How much of the end of standard error is retained; default 8 KiB. */
  readonly stderrKept?: number
  readonly directory?: string
  /** Run as another user (only root can). */
  readonly user?: { readonly uid: number; readonly gid: number }
  readonly signal?: AbortSignal
  /** Signal that ends it; default: SIGTERM. */
  readonly endWith?: EndingSignal
  /** Signal when this process is killed, if different: psql cancels its statement only on SIGINT. */
  readonly whenOrphaned?: EndingSignal
  /** Do not end it when this process is killed, because it cleans up when its standard input ends or must finish. */
  readonly endsItself?: boolean
  /**
   * End only the process itself, with SIGKILL: its children end cleanly when their input ends. A bootstrap server of
   * initdb leaves its shared memory behind if a signal ends it.
   */
  readonly childrenEndThemselves?: boolean
  /** Ends the child if signals cannot reach it. Does not wait for the child to exit. */
  readonly end?: () => void
  /** Creates the failure from the end of stderr; default: a failure of kind tool with its last lines. */
  readonly explain?: (stderr: string, exit: string) => Failure
}

export interface Child {
  /** ID of the process and of its group; undefined if it could not be started. */
  readonly pid: number | undefined
  readonly stdin: Writable
  /** Raw standard output: ends even if the child failed. Use `output` unless `exited` is awaited as well. */
  readonly stdout: Readable
  /** Standard output that ends only after the child exited 0, and errors with its failure otherwise. */
  output(): Readable
  /**
   * Resolves when the child exited 0 and its streams are closed; rejects with a Failure. A rejection is never
   * unhandled.
   */
  readonly exited: Promise<void>
  /** Last lines of standard error so far. */
  stderr(): string
  /**
   * Ends the child: by default SIGTERM to its process group, and SIGKILL after 0.7 seconds. Resolves when it has
   * exited. Never throws.
   */
  stop(): Promise<void>
}

const usualStderr = 8192
/** Milliseconds before SIGKILL. On SIGTERM, pg_dump asks its server to cancel, and waits for the response. */
const killAfter = 700
const inherited =
  /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|LD_LIBRARY_PATH|SystemRoot|SSL_CERT_\w+)$/

/** The environment variables that every child gets: no keys of stores, no passwords. */
export function harmlessEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name, value]) => inherited.test(name) && value !== undefined),
  ) as Record<string, string>
}

/** Removed from the environment of user commands: with it, a command could sign anything. */
const signingKey = 'RESGUARDO_SIGN_KEY'

/** The environment of this process without the signing key: only for commands of the user. */
export function wholeEnvironment(): Record<string, string> {
  return definedOnly(Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== signingKey)))
}

/**
 * Starts a child in its own process group: Ctrl-C in a terminal reaches only this process, and the whole group ends if
 * this process is killed. If the command does not exist, `exited` rejects with a failure of kind tool.
 */
export function startChild(request: ChildRequest): Child {
  const child = spawn(request.command, [...request.arguments], {
    cwd: request.directory,
    env: { ...harmlessEnvironment(), ...definedOnly(request.environment ?? {}) },
    stdio: [request.stdin ?? 'ignore', request.stdout ?? 'pipe', 'pipe'],
    ...(request.user ? { uid: request.user.uid, gid: request.user.gid } : {}),
    detached: true,
  })
  if (child.pid !== undefined && !request.endsItself) tieToUs(child, child.pid, request)
  const most = request.stderrKept ?? usualStderr
  let tail = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail += text
    if (tail.length > 2 * most) tail = tail.slice(-most)
  })
  const stderr = (): string => tail.slice(-most)
  const exited = exitOf(child, request, stderr)
  exited.catch(() => {})
  let isRead = false
  let isLost = false
  child.once('exit', () => {
    isLost = !isRead
  })
  const stop = stopper(child, request)
  request.signal?.addEventListener('abort', () => void stop(), { once: true })
  if (request.signal?.aborted) void stop()
  const stdin = child.stdin as Writable
  stdin?.on('error', () => {}) // EPIPE: the exit code has the reason
  return {
    ...{ pid: child.pid, stdin },
    stdout: child.stdout as Readable,
    output: () => {
      isRead = true
      const stdout = isLost ? Readable.from([]) : preventAutoResume(child.stdout as Readable)
      const lost = isLost ? notRead(request.command) : undefined
      return Readable.from(untilExit(stdout, exited, lost), { objectMode: false, highWaterMark: 1 << 18 })
    },
    exited,
    stderr,
    stop,
  }
}

/** Ends the rest of the process group after a child was killed, because its workers would continue. */
function tieToUs(child: ChildProcess, pid: number, request: ChildRequest): void {
  const { childrenEndThemselves: alone = false, endWith, whenOrphaned = endWith } = request
  const release = alone ? supervise(pid, 'SIGKILL') : supervise(-pid, whenOrphaned)
  child.once('exit', (_, signal) => {
    if (signal !== null && !alone) signalGroup(child, 'SIGKILL')
    release()
  })
}

/**
 * Returns the stream and prevents the loss of its data: when a child exits, Node resumes an output that has no reader
 * yet, and discards the data. Call it for output that is read later.
 */
export function preventAutoResume(stdout: Readable): Readable {
  return stdout.on('readable', () => {})
}

/** Node has discarded the output; an empty stream would look like the real output. */
function notRead(command: string): Failure {
  return new Failure('internal/bug', `the output of ${command} was not read before it ended`)
}

/** `lost`: thrown at the end if the child succeeded. */
async function* untilExit(
  stdout: Readable,
  exited: Promise<void>,
  lost: Failure | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stdout) yield chunk as Uint8Array
  } catch (error) {
    await exited // has the reason if the child was stopped
    throw error
  }
  await exited
  if (lost) throw lost
}

function exitOf(child: ChildProcess, request: ChildRequest, stderr: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' && child.pid !== undefined) return
      reject(
        new Failure('tool/not-started', `could not start ${request.command} (${error.code ?? error.message})`, {
          hint: `Install it, or put it on PATH.`,
          cause: error,
        }),
      )
    })
    child.once('close', (code, signal) => {
      if (code === 0) return resolve()
      if (request.signal?.aborted) return reject(asFailure(request.signal.reason))
      const exit = code === null ? `was ended by ${signal}` : `exited with ${code}`
      reject(request.explain?.(stderr().trim(), exit) ?? plainFailure(request.command, stderr(), exit))
    })
  })
}

function stopper(child: ChildProcess, request: ChildRequest): () => Promise<void> {
  const { end, endWith = 'SIGTERM', childrenEndThemselves: alone = false } = request
  return async () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
    if (end) end()
    else if (alone) child.kill('SIGKILL')
    else signalGroup(child, endWith)
    child.stdin?.destroy()
    child.stdout?.destroy()
    child.stderr?.destroy() // its own children may hold the other end open
    const hard = end || alone ? undefined : setTimeout(() => signalGroup(child, 'SIGKILL'), killAfter)
    await gone
    clearTimeout(hard)
  }
}

/** Signals the child and its descendants, or only the child if the group has processes of another user. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid as number), signal)
  } catch {
    child.kill(signal) // does nothing if it has ended
  }
}

/**
 * Writes a whole source to a child's standard input and ends it. If the child stops reading early, this is not an error
 * (the exit code decides): the source is still read to its end, for other code that observes it. Throws errors of the
 * source.
 */
export async function feed(source: Readable, stdin: Writable): Promise<void> {
  for await (const chunk of source) {
    if (stdin.destroyed || stdin.write(chunk)) continue
    await new Promise<void>((resolve) => {
      const go = (): void => {
        stdin.off('drain', go).off('close', go)
        resolve()
      }
      stdin.on('drain', go).on('close', go)
    })
  }
  stdin.end()
}

function definedOnly(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >
}
