// The descendants of a process from /proc, identified by process ID and start time.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface SeenProcess {
  readonly pid: number
  readonly parent: number
  readonly start: string
  readonly state: string
  readonly words: string
}

/** Returns all running processes, without zombies. */
export function allProcesses(): SeenProcess[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return ids.flatMap((pid) => seen(Number(pid)) ?? []).filter(({ state }) => state !== 'Z' && state !== 'X')
}

function seen(pid: number): SeenProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim().slice(0, 120)
    return { pid, parent: Number(fields[1]), start: fields[19] ?? '', state: fields[0] ?? '', words }
  } catch {
    return undefined // the process has ended
  }
}

/** Returns all descendants of a process. */
export function descendantsOf(pid: number): SeenProcess[] {
  const all = allProcesses()
  const below = (parent: number): SeenProcess[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.pid)])
  return below(pid)
}

/** Returns the command lines of `processes` that are still running after at most this many milliseconds. */
export async function aliveAfter(processes: readonly SeenProcess[], milliseconds: number): Promise<string[]> {
  const until = performance.now() + milliseconds
  for (;;) {
    const now = new Set(allProcesses().map(({ pid, start }) => `${pid} ${start}`))
    const alive = processes.filter(({ pid, start }) => now.has(`${pid} ${start}`))
    if (alive.length === 0 || performance.now() > until) return alive.map(({ pid, words }) => `${pid} ${words}`)
    await sleep(20)
  }
}
