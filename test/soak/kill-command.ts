// Chooses a signal and a random moment, and kills a command then.
import { setTimeout as sleep } from 'node:timers/promises'
import { sharedMemoryOf } from './checks/files.ts'
import { type Finished, finish, startResguardo } from './run-command.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Workspace } from './workspace.ts'

interface Kill {
  readonly signal: NodeJS.Signals
  readonly toGroup: boolean
  /** Fraction of the usual duration. */
  readonly moment: number
  readonly second?: { readonly signal: NodeJS.Signals; readonly milliseconds: number }
}

/**
 * Two of three kills are SIGKILL; of the others, one in three is followed by a second signal. `only` replaces the
 * random signal.
 */
export function chooseKill(random: SeededRandom, only?: NodeJS.Signals): Kill {
  const moment = random.next() * 1.05
  const signals = ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const
  const drawn = random.pick(signals)
  const signal = only ?? drawn
  const toGroup = random.next() < 0.5 && signal === 'SIGINT'
  const [again, which, milliseconds] = [
    random.next(),
    random.pick(['SIGKILL', 'SIGTERM', 'SIGINT'] as const),
    random.next() * 1500,
  ]
  const isTwice = signal !== 'SIGKILL' && again < 1 / 3
  return { signal, toGroup, moment, ...(isTwice && { second: { signal: which, milliseconds } }) }
}

/** Returns a description such as `SIGINT to the group and SIGKILL 300 ms later`. */
export function describeKill({ signal, toGroup, second }: Kill): string {
  const again = second ? ` and ${second.signal} ${Math.round(second.milliseconds)} ms later` : ''
  return `${signal}${toGroup ? ' to the group' : ''}${again}`
}

interface Killed extends Finished {
  readonly stderrAtKill: string
  /** Shared memory of its processes at the kill. */
  readonly memory: readonly string[]
  /** Seconds from the signal to the end; undefined if the command ended before it. */
  readonly seconds: number | undefined
  /** Whether a second signal was sent that ends the command without cleanup. */
  readonly endedAtOnce: boolean
}

/** Milliseconds between two signals, after which the second one ends the command without cleanup. */
const endsAtOnce = 900

/** Runs the command until the kill and waits for its end. `usual` is its duration in milliseconds. */
export async function runAndKill(
  workspace: Workspace,
  { words, variables }: { readonly words: readonly string[]; readonly variables?: Readonly<Record<string, string>> },
  { signal, toGroup, moment, second }: Kill,
  usual: number,
): Promise<Killed> {
  const began = performance.now()
  const running = await startResguardo(workspace, words, variables)
  const ended = running.ended.then(() => true)
  const isEarly = await Promise.race([ended, sleep(moment * usual, false)])
  const stderrAtKill = running.stderr()
  const memory = sharedMemoryOf(running.alive().map(({ pid }) => pid))
  const killedAt = performance.now()
  if (!isEarly) send(running.pid, signal, toGroup)
  const isSecondSent = second && !isEarly && !(await Promise.race([ended, sleep(second.milliseconds, false)]))
  if (isSecondSent) send(running.pid, second.signal, toGroup)
  const done = await finish(running, began)
  return {
    ...{ ...done, stderrAtKill, memory },
    seconds: isEarly ? undefined : (began + done.milliseconds - killedAt) / 1000,
    endedAtOnce: isSecondSent === true && second.milliseconds > endsAtOnce,
  }
}

function send(pid: number, signal: NodeJS.Signals, toGroup: boolean): void {
  try {
    process.kill(toGroup ? -pid : pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
