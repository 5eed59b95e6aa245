// Runs rounds in order; each has its own seed, so that it can be repeated separately.

import type { Reference } from './check-round.ts'
import type { SoakCommand } from './commands/soak-command.ts'
import { soakCommands } from './commands.ts'
import { roundLines } from './report.ts'
import { makeReference, type RoundResult, runRound } from './run-round.ts'
import { seededRandom } from './seeded-random.ts'
import type { TestEnvironment } from './workspace.ts'

interface Soak {
  readonly rounds: number
  /** Seed of the first round; each round adds one. */
  readonly seed: number
  /** A command name, or a prefix of names. */
  readonly only: string | undefined
  /** Kills with this signal only. */
  readonly signal?: NodeJS.Signals | undefined
  readonly stop: AbortSignal
  print(line: string): void
}

interface Steps {
  readonly makeReference: typeof makeReference
  readonly runRound: typeof runRound
}

/**
 * Runs until all rounds are complete or the signal is aborted. Prints each round immediately. An error in a round, for
 * instance in its preparation, is a finding of that round. After findings, the next round of the command makes a new
 * reference. Throws if an error follows the abort.
 */
export async function* runRounds(
  environment: TestEnvironment,
  { rounds, seed, only, signal, stop, print }: Soak,
  steps: Steps = { makeReference, runRound },
): AsyncGenerator<RoundResult> {
  const exact = soakCommands.filter(({ name }) => name === only)
  const choice = exact.length > 0 ? exact : soakCommands.filter(({ name }) => name.startsWith(only ?? ''))
  if (choice.length === 0)
    throw new Error(`no command is called "${only}": ${soakCommands.map(({ name }) => name).join(', ')}`)
  const references = new Map<string, Reference>()
  for (let round = 0; round < rounds && !stop.aborted; round += 1) {
    const random = seededRandom(seed + round)
    const command = random.pickWeighted(choice)
    const options = { random, ...(signal && { signal }) }
    const result = await oneRound(environment, command, { references, steps, options }).catch((error: unknown) => {
      if (stop.aborted) throw error
      return failedRound(command, error)
    })
    if (result.findings.length > 0) references.delete(command.name)
    const lines = roundLines(result, { round: `${round + 1}/${rounds}`, seed: seed + round, only, signal })
    for (const line of lines) print(line)
    yield result
  }
}

/** Runs a round with the kept reference of the command, or with a new one. */
async function oneRound(environment: TestEnvironment, command: SoakCommand, round: Round): Promise<RoundResult> {
  const { references, steps, options } = round
  const kept = references.get(command.name)
  const { reference, findings } = kept
    ? { reference: kept, findings: [] }
    : await steps.makeReference(environment, command)
  const result = await steps.runRound(environment, command, reference, options)
  // The load of the machine may have changed.
  references.set(command.name, { ...reference, milliseconds: result.milliseconds })
  return { ...result, findings: [...findings, ...result.findings] }
}

interface Round {
  /** References of complete runs without findings, by command. */
  readonly references: Map<string, Reference>
  readonly steps: Steps
  readonly options: Parameters<typeof runRound>[3]
}

function failedRound({ name }: SoakCommand, error: unknown): RoundResult {
  const text = error instanceof Error ? error.message : String(error)
  return {
    ...{ command: name, phase: 'Starting', kill: 'no kill', end: 'failed', seconds: undefined, milliseconds: 0 },
    ...{ left: [], findings: [{ kind: 'harness', text }] },
  }
}
