// Runs a command and tracks all of its processes, including orphans, with a subreaper.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type ProcessEntry, processesBelow } from './checks/processes.ts'

interface Ended {
  readonly code: number
  /** Number of the signal that ended it, 0 if it exited. */
  readonly signal: number
}

export interface SupervisedCommand {
  readonly pid: number
  readonly ended: Promise<Ended>
  stdout(): string
  stderr(): string
  /** Running processes of the command, including the command itself. */
  alive(): ProcessEntry[]
  /** Kills the running processes. */
  end(): Promise<void>
}

/** System call number of prctl(2) on Linux, by Node's name of the architecture. */
const prctl: Partial<Record<string, number>> = { x64: 157, arm64: 167 }

/** Starts a command as the leader of a process group. It ends when this process does. */
export async function startSupervisedCommand(
  command: readonly string[],
  variables: Readonly<Record<string, string>>,
  directory: string,
): Promise<SupervisedCommand> {
  const number = prctl[process.arch]
  if (number === undefined || process.platform !== 'linux') throw new Error('a subreaper needs Linux on x64 or arm64')
  const subreaper = spawn('perl', [join(import.meta.dirname, 'subreaper.pl'), String(number), ...command], {
    cwd: directory,
    env: { ...variables },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const gone = once(subreaper, 'exit')
  const [stdout, stderr] = [collect(subreaper.stdout as Readable), collect(subreaper.stderr as Readable)]
  const started = Promise.withResolvers<number>()
  const ended = Promise.withResolvers<Ended>()
  createInterface({ input: subreaper.stdio[3] as Readable }).on('line', (line) => {
    const [word, first, second] = line.split(' ')
    if (word === 'started') started.resolve(Number(first))
    else ended.resolve({ code: Number(first), signal: Number(second) })
  })
  gone.then(
    () => started.reject(new Error(`the subreaper ended: ${stderr()}`)),
    (error: unknown) => started.reject(error),
  )
  const pid = await started.promise
  return {
    pid,
    ended: ended.promise,
    stdout,
    stderr,
    alive: () => processesBelow(subreaper.pid as number),
    async end() {
      subreaper.stdin?.end()
      await gone
    },
  }
}

function collect(stream: Readable): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  return () => text
}
