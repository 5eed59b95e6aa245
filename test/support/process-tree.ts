// The processes that a process has started, as /proc has them: whoever is still alive is known by its ID and its start time.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface SeenProcess {
  readonly pid: number
  readonly parent: number
  readonly start: string
  readonly state: string
  readonly words: string
}

/** All that run now; those that have ended and only wait to be collected are left out. */
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
    return undefined // it has just ended
  }
}

/** All below a process, without it. */
export function descendantsOf(pid: number): SeenProcess[] {
  const all = allProcesses()
  const below = (parent: number): SeenProcess[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.pid)])
  return below(pid)
}

/** Those of `processes` that are still alive after at most this many milliseconds, as command lines. */
export async function aliveAfter(processes: readonly SeenProcess[], milliseconds: number): Promise<string[]> {
  const until = performance.now() + milliseconds
  for (;;) {
    const now = new Set(allProcesses().map(({ pid, start }) => `${pid} ${start}`))
    const alive = processes.filter(({ pid, start }) => now.has(`${pid} ${start}`))
    if (alive.length === 0 || performance.now() > until) return alive.map(({ pid, words }) => `${pid} ${words}`)
    await sleep(20)
  }
}
