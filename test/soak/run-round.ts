// One round: kills a command at a random moment, and checks the state then, after the next commands, and at the end.
import { checkNextCommands, outcome } from './check-next-commands.ts'
import { type Finding, finalLeftovers, leftovers, type Reference, wrongData } from './check-round.ts'
import { falseProof, falseSuccess, reportsSuccess } from './check-success.ts'
import type { SoakCommand } from './commands/soak-command.ts'
import { chooseKill, describeKill, runAndKill } from './kill-command.ts'
import { type Observation, observe } from './observe.ts'
import { lastLines, runResguardo } from './run-command.ts'
import type { SeededRandom } from './seeded-random.ts'
import { prepareBucket, prepareWorkspace } from './test-environment.ts'
import type { TestEnvironment, Workspace } from './workspace.ts'

export interface RoundResult {
  readonly command: string
  /** The last title that the command printed, up to its first name or number. */
  readonly phase: string
  readonly kill: string
  /** `failed`: an error of this harness ended the round. */
  readonly end: 'killed' | 'finished' | 'failed'
  /** Seconds from the signal to the end; undefined if the command ended before it. */
  readonly seconds: number | undefined
  /** Duration of a complete run of the same command afterwards. */
  readonly milliseconds: number
  /** Leftovers of the kill, before any other command. */
  readonly left: readonly Finding[]
  readonly findings: readonly Finding[]
}

/** Runs the complete command. Its leftovers and damage are also findings. */
export async function makeReference(
  environment: TestEnvironment,
  command: SoakCommand,
): Promise<{ reference: Reference; findings: Finding[] }> {
  const { workspace, before } = await prepare(environment, command)
  const done = await runResguardo(workspace, command.words(workspace), command.variables?.(workspace))
  const after = await observe(workspace, [], command.bucket ?? false)
  const reference = { milliseconds: done.milliseconds, before, after }
  const findings = [...outcome(command, done, 'complete run'), ...finalLeftovers(before, after, reference)]
  return { reference, findings: [...findings, ...wrongData(command, before, after, reference)] }
}

async function prepare(
  environment: TestEnvironment,
  command: SoakCommand,
): Promise<{ workspace: Workspace; before: Observation }> {
  const workspace = await prepareWorkspace(environment)
  if (command.bucket) await prepareBucket(workspace)
  await command.prepare?.(workspace)
  return { workspace, before: await observe(workspace, [], command.bucket ?? false) }
}

/** Maximum seconds from a signal to the end, on a busy machine. */
const slowestEnd = 8

/** Runs a round of this command. After SIGINT or SIGTERM it must clean up; after SIGKILL, the next commands do. */
export async function runRound(
  environment: TestEnvironment,
  command: SoakCommand,
  reference: Reference,
  { random, signal }: { readonly random: SeededRandom; readonly signal?: NodeJS.Signals },
): Promise<RoundResult> {
  const { workspace, before } = await prepare(environment, command)
  const kill = chooseKill(random, signal)
  const json = random.next() < 1 / 3
  const words = [...command.words(workspace), ...(json ? ['--json'] : [])]
  const variables = command.variables?.(workspace) ?? {}
  const killed = await runAndKill(workspace, { words, variables }, kill, reference.milliseconds)
  const { memory } = killed
  const now = await observe(workspace, memory, command.bucket ?? false)
  const left = leftovers(before, now)
  const isFinished = killed.code === (command.code ?? 0)
  const findings = [
    ...killed.remaining.map((text) => ({ kind: 'process', text: `alive 3 s later: ${text}` })),
    ...wrongData(command, before, now, reference),
    ...falseProof(command, before, now),
    ...(reportsSuccess(killed, json) ? falseSuccess(before, now, reference, command) : []),
  ]
  if (isFinished || (killed.code === 130 && !killed.endedAtOnce))
    findings.push(
      ...finalLeftovers(before, now, reference).map(({ kind, text }) => ({
        kind,
        text: `after exit code ${killed.code}: ${text}`,
      })),
    )
  else if (killed.code < 128)
    findings.push({ kind: 'exit code', text: `${killed.code} for ${kill.signal}: ${lastLines(killed)}` })
  if (killed.seconds !== undefined && killed.seconds > slowestEnd)
    findings.push({ kind: 'slow', text: `ended ${killed.seconds.toFixed(1)} s after ${kill.signal}` })
  const end = await checkNextCommands(workspace, command, { memory, before, reference, random })
  findings.push(...end.findings)
  return {
    ...{ command: command.name, phase: phaseOf(killed.stderrAtKill), left, findings },
    kill: `${describeKill(kill)} after ${((kill.moment * reference.milliseconds) / 1000).toFixed(2)} s`,
    ...{ end: isFinished ? ('finished' as const) : ('killed' as const), seconds: killed.seconds },
    milliseconds: end.milliseconds,
  }
}

/** The last title, which is not indented, without names and numbers. */
export function phaseOf(stderr: string): string {
  const title = stderr.split('\n').findLast((line) => /^[A-Z]/.test(line)) ?? 'Starting'
  const words = title.split(' ')
  const end = words.findIndex((word, index) => index > 0 && /[\d/:_.]/.test(word))
  return words.slice(0, end < 0 ? 4 : Math.min(end, 4)).join(' ')
}
