// Runs rounds in order; each has its own seed, so that it can be repeated separately.
import { soakCommands } from './commands.ts'
import type { Ground } from './ground.ts'
import type { Reference } from './judge.ts'
import { roundLines } from './report.ts'
import { makeReference, playRound, type RoundResult } from './round.ts'
import { seededRandom } from './seeded-random.ts'

export interface Soak {
  readonly rounds: number
  /** Seed of the first round; each round adds one. */
  readonly seed: number
  /** A command name, or a prefix of names. */
  readonly only: string | undefined
  readonly signal: AbortSignal
  print(line: string): void
}

/** Runs until all rounds are complete or the signal is aborted. Prints each round at once. */
export async function* playRounds(
  ground: Ground,
  { rounds, seed, only, signal, print }: Soak,
): AsyncGenerator<RoundResult> {
  const exact = soakCommands.filter(({ name }) => name === only)
  const choice = exact.length > 0 ? exact : soakCommands.filter(({ name }) => name.startsWith(only ?? ''))
  if (choice.length === 0)
    throw new Error(`no command is called "${only}": ${soakCommands.map(({ name }) => name).join(', ')}`)
  const references = new Map<string, Reference>()
  for (let round = 0; round < rounds && !signal.aborted; round += 1) {
    const random = seededRandom(seed + round)
    const command = random.pickWeighted(choice)
    let reference = references.get(command.name)
    let findings: RoundResult['findings'] = []
    if (!reference) {
      ;({ reference, findings } = await makeReference(ground, command))
      references.set(command.name, reference)
    }
    const result = await playRound(ground, command, reference, random)
    // The load of the machine may have changed.
    if (result.findings.length === 0) references.set(command.name, { ...reference, milliseconds: result.milliseconds })
    const whole = { ...result, findings: [...findings, ...result.findings] }
    const lines = roundLines(whole, { round: `${round + 1}/${rounds}`, seed: seed + round, only })
    for (const line of lines) print(line)
    yield whole
  }
}
