// One round: kills a command at a random moment, and checks the state then, after the next commands, and at the end.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterwards, outcome } from './afterwards.ts'
import { sharedMemoryOf } from './checks/files.ts'
import type { SoakCommand } from './commands.ts'
import { type Ground, type Place, prepareBucket, preparePlace } from './ground.ts'
import { type Finding, leftAtTheEnd, leftovers, type Reference, wrongData } from './judge.ts'
import { type Observation, observe } from './observe.ts'
import { type Finished, finish, lastLines, resguardoIn, startResguardoIn } from './run-command.ts'
import type { SeededRandom } from './seeded-random.ts'

export interface RoundResult {
  readonly command: string
  /** The last title that the command printed, up to its first name or number. */
  readonly phase: string
  readonly kill: string
  readonly fate: 'killed' | 'finished'
  /** Duration of a complete run of the same command afterwards. */
  readonly milliseconds: number
  /** Leftovers of the kill, before any other command. */
  readonly left: readonly Finding[]
  readonly findings: readonly Finding[]
}

interface Kill {
  readonly signal: NodeJS.Signals
  readonly toGroup: boolean
  /** Share of the usual duration. */
  readonly moment: number
  readonly second?: { readonly signal: NodeJS.Signals; readonly milliseconds: number }
}

/** Two of three kills are SIGKILL; of the others, one in three is followed by a second signal. */
function chooseKill(random: SeededRandom): Kill {
  const moment = random.next() * 1.05
  const signal = random.pick(['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const)
  const toGroup = random.next() < 0.5 && signal === 'SIGINT'
  const [again, which, milliseconds] = [
    random.next(),
    random.pick(['SIGKILL', 'SIGTERM', 'SIGINT'] as const),
    random.next() * 1500,
  ]
  const isTwice = signal !== 'SIGKILL' && again < 1 / 3
  return { signal, toGroup, moment, ...(isTwice && { second: { signal: which, milliseconds } }) }
}

/** Runs the complete command. Its leftovers and damage are also findings. */
export async function makeReference(
  ground: Ground,
  command: SoakCommand,
): Promise<{ reference: Reference; findings: Finding[] }> {
  const { place, before } = await prepare(ground, command)
  const done = await resguardoIn(place, command.words(place), command.environment?.(place))
  const after = await observe(place, [], command.bucket ?? false)
  const reference = { milliseconds: done.milliseconds, before, after }
  const findings = [...outcome(command, done, 'unkilled'), ...leftAtTheEnd(before, after, reference)]
  return { reference, findings: [...findings, ...wrongData(command, before, after, reference)] }
}

async function prepare(ground: Ground, command: SoakCommand): Promise<{ place: Place; before: Observation }> {
  const place = await preparePlace(ground)
  if (command.bucket) await prepareBucket(place)
  await command.prepare?.(place)
  return { place, before: await observe(place, [], command.bucket ?? false) }
}

/** Runs a round of this command. After SIGINT or SIGTERM it must clean up; after SIGKILL, the next commands do. */
export async function playRound(
  ground: Ground,
  command: SoakCommand,
  reference: Reference,
  random: SeededRandom,
): Promise<RoundResult> {
  const { place, before } = await prepare(ground, command)
  const kill = chooseKill(random)
  const killed = await runAndKill(place, command, kill, reference.milliseconds)
  const { memory } = killed
  const now = await observe(place, memory, command.bucket ?? false)
  const left = leftovers(before, now)
  const isFinished = killed.code === (command.code ?? 0)
  const findings = [
    ...killed.outlived.map((text) => ({ kind: 'process', text: `alive 3 s later: ${text}` })),
    ...wrongData(command, before, now, reference),
    ...falseProof(command, before, now),
  ]
  if (isFinished || killed.code === 130)
    findings.push(
      ...leftAtTheEnd(before, now, reference).map(({ kind, text }) => ({
        kind,
        text: `after exit code ${killed.code}: ${text}`,
      })),
    )
  else if (killed.code < 128)
    findings.push({ kind: 'exit code', text: `${killed.code} for ${kill.signal}: ${lastLines(killed)}` })
  if (killed.slow) findings.push({ kind: 'slow', text: `${kill.signal} was obeyed after ${killed.slow.toFixed(1)} s` })
  const end = await afterwards(place, command, { memory, before, reference, random })
  findings.push(...end.findings)
  return {
    ...{ command: command.name, phase: phaseOf(killed.stderrAtKill), left, findings },
    kill: `${describe(kill)} after ${((kill.moment * reference.milliseconds) / 1000).toFixed(2)} s`,
    fate: isFinished ? 'finished' : 'killed',
    milliseconds: end.milliseconds,
  }
}

function describe({ signal, toGroup, second }: Kill): string {
  const again = second ? ` and ${second.signal} ${Math.round(second.milliseconds)} ms later` : ''
  return `${signal}${toGroup ? ' to the group' : ''}${again}`
}

interface Killed extends Finished {
  readonly stderrAtKill: string
  /** Shared memory of its processes at that moment. */
  readonly memory: readonly string[]
  /** Seconds until the command ended, if that was too late after a signal. */
  readonly slow: number | undefined
}

/** Maximum seconds from a signal to the end, on a busy machine. */
const obeyed = 8

async function runAndKill(place: Place, command: SoakCommand, kill: Kill, usual: number): Promise<Killed> {
  const began = performance.now()
  const running = await startResguardoIn(place, command.words(place), command.environment?.(place))
  const ended = running.ended.then(() => true)
  const early = await Promise.race([ended, sleep(kill.moment * usual, false)])
  const stderrAtKill = running.stderr()
  const memory = sharedMemoryOf(running.alive().map(({ pid }) => pid))
  const killedAt = performance.now()
  if (!early) send(running.pid, kill.signal, kill.toGroup)
  if (kill.second && !early) {
    const gone = await Promise.race([ended, sleep(kill.second.milliseconds, false)])
    if (!gone) send(running.pid, kill.second.signal, kill.toGroup)
  }
  const done = await finish(running, began)
  const seconds = (began + done.milliseconds - killedAt) / 1000
  return { ...done, stderrAtKill, memory, slow: !early && seconds > obeyed ? seconds : undefined }
}

function send(pid: number, signal: NodeJS.Signals, toGroup: boolean): void {
  try {
    process.kill(toGroup ? -pid : pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A drill record that proves a damaged backup, or a pin of the gate for it. */
export function falseProof({ unprovable }: SoakCommand, before: Observation, now: Observation): Finding[] {
  if (!unprovable) return []
  const added = [...now.directory.keys(), ...now.bucket.keys()].filter(
    (key) => !before.directory.has(key) && !before.bucket.has(key),
  )
  return added.filter((key) => /proven|pins\//.test(key)).map((text) => ({ kind: 'false proof', text }))
}

/** The last title, which is not indented, without names and numbers. */
export function phaseOf(stderr: string): string {
  const title = stderr.split('\n').findLast((line) => /^[A-Z]/.test(line)) ?? 'Starting'
  const words = title.split(' ')
  const end = words.findIndex((word, index) => index > 0 && /[\d/:_.]/.test(word))
  return words.slice(0, end < 0 ? 4 : Math.min(end, 4)).join(' ')
}
