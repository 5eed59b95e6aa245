// Runs rounds in order; each has its own seed, so that it can be repeated separately.

import type { Reference } from './check-round.ts'
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

/** Runs until all rounds are complete or the signal is aborted. Prints each round immediately. */
export async function* runRounds(
  environment: TestEnvironment,
  { rounds, seed, only, signal, stop, print }: Soak,
): AsyncGenerator<RoundResult> {
  const exact = soakCommands.filter(({ name }) => name === only)
  const choice = exact.length > 0 ? exact : soakCommands.filter(({ name }) => name.startsWith(only ?? ''))
  if (choice.length === 0)
    throw new Error(`no command is called "${only}": ${soakCommands.map(({ name }) => name).join(', ')}`)
  const references = new Map<string, Reference>()
  for (let round = 0; round < rounds && !stop.aborted; round += 1) {
    const random = seededRandom(seed + round)
    const command = random.pickWeighted(choice)
    let reference = references.get(command.name)
    let findings: RoundResult['findings'] = []
    if (!reference) {
      ;({ reference, findings } = await makeReference(environment, command))
      references.set(command.name, reference)
    }
    const result = await runRound(environment, command, reference, { random, ...(signal && { signal }) })
    // The load of the machine may have changed.
    if (result.findings.length === 0) references.set(command.name, { ...reference, milliseconds: result.milliseconds })
    const whole = { ...result, findings: [...findings, ...result.findings] }
    const lines = roundLines(whole, { round: `${round + 1}/${rounds}`, seed: seed + round, only, signal })
    for (const line of lines) print(line)
    yield whole
  }
}
