// Runs one process of a step and ends it: SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-cancellation
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between the signals. */
export interface Grace {
  readonly interrupt: number
  readonly terminate: number
}

export const githubGrace: Grace = { interrupt: 7_500, terminate: 2_500 }

interface ProcessOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly grace: Grace
  line(text: string): void
}

/**
 * Resolves to the exit code, or 128 + the number of the signal that ended it. Rejects if the process cannot be started.
 */
export async function runProcess(options: ProcessOptions): Promise<number> {
  // In its own process group, so that SIGKILL reaches its children. SIGINT and SIGTERM reach only the process, as on a
  // runner.
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const lines = [child.stdout, child.stderr].map(async (stream) => {
    const reader = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })
    reader.on('line', (text) => options.line(text))
    await once(reader, 'close')
  })
  const ending = new AbortController()
  const end = () => void endInSteps(child.pid, options.grace, ending.signal)
  if (options.signal.aborted) end()
  else options.signal.addEventListener('abort', end, { once: true })
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    // Background processes of a step may keep its output open; the runner does not wait for them.
    await Promise.race([Promise.all(lines), sleep(5_000, undefined, { ref: false })])
    return code ?? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGTERM' ? 15 : 9)
  } finally {
    ending.abort()
    options.signal.removeEventListener('abort', end)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // The process has already ended.
  }
}

async function endInSteps(pid: number | undefined, grace: Grace, ended: AbortSignal): Promise<void> {
  if (pid === undefined) return
  try {
    send(pid, 'SIGINT')
    await sleep(grace.interrupt, undefined, { signal: ended })
    send(pid, 'SIGTERM')
    await sleep(grace.terminate, undefined, { signal: ended })
    send(-pid, 'SIGKILL')
  } catch {
    // The process ended in time.
  }
}

/**
 * Kills the processes that a job left running, found by RUNNER_TRACKING_ID, as the runner does ("Cleaning up orphan
 * processes"). Returns their number.
 */
export async function endOrphans(trackingId: string): Promise<number> {
  const wanted = `RUNNER_TRACKING_ID=${trackingId}`
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  let ended = 0
  for (const pid of pids) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (!environment.split('\0').includes(wanted)) continue
    send(pid, 'SIGKILL')
    ended++
  }
  return ended
}
