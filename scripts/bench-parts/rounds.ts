// Interleaved rounds: every contender once per round, until every ratio is narrow or a limit is reached.
import { createHash } from 'node:crypto'
import { isNarrow, type Ratio, ratioOf } from './ratio.ts'

export interface Limits {
  /** Exact number of rounds; without it, rounds continue until every ratio is narrow. */
  readonly rounds?: number
  readonly maxRounds: number
  readonly maxMinutes: number
}

/** Two contenders whose samples are compared. */
export interface Pair<T> {
  readonly contender: string
  readonly rival: string
  sampleOf(result: T): number
}

interface Rounds<T> {
  /** Results of each contender, one per round. */
  readonly results: ReadonlyMap<string, readonly T[]>
  readonly rounds: number
  /** Seconds that the calibration task took, at the beginning and before each round. */
  readonly calibrations: readonly number[]
}

/** The clock, the calibration task and the log; tests replace them. */
export interface Surroundings {
  /** Seconds since any fixed instant. */
  now(): number
  /** Runs a fixed task and returns the seconds that it took. */
  calibrate(): number
  log(line: string): void
}

/** Minimum number of rounds: with fewer, an interval is too often narrow by chance. */
const minRounds = 6

/**
 * Runs one round to warm up, which does not count, and then counted rounds. The order is reversed in every other round,
 * so that a steady drift of the machine favors no contender.
 */
export async function runRounds<T>(
  contenders: Readonly<Record<string, () => Promise<T>>>,
  pairs: readonly Pair<T>[],
  limits: Limits,
  surroundings: Surroundings = machine,
): Promise<Rounds<T>> {
  const { now, calibrate, log } = surroundings
  const entries = Object.entries(contenders)
  const results = new Map<string, T[]>(entries.map(([name]) => [name, []]))
  const calibrations = [calibrate()]
  const ratios = (): Ratio[] =>
    pairs.map(({ contender, rival, sampleOf }) =>
      ratioOf((results.get(contender) ?? []).map(sampleOf), (results.get(rival) ?? []).map(sampleOf)),
    )
  const began = now()
  for (const [, run] of entries) await run()
  for (let rounds = 1; ; rounds += 1) {
    calibrations.push(calibrate())
    for (const [name, run] of rounds % 2 === 1 ? entries : entries.toReversed()) results.get(name)?.push(await run())
    const found = ratios()
    log(`round ${rounds}: ${found.map(ratioText).join(', ')}`)
    const nextEnds = now() - began + (now() - began) / (rounds + 1)
    const done =
      limits.rounds === undefined
        ? (rounds >= minRounds && found.every(isNarrow)) ||
          rounds >= limits.maxRounds ||
          nextEnds > limits.maxMinutes * 60
        : rounds >= limits.rounds
    if (done) return { results, rounds, calibrations }
  }
}

/** `1.32 (1.30–1.34)`. */
function ratioText({ ratio, interval }: Ratio): string {
  return `${ratio.toFixed(3)}${interval ? ` (${interval.map((bound) => bound.toFixed(3)).join('–')})` : ''}`
}

const block = Buffer.alloc(1 << 20, 'resguardo')

const machine: Surroundings = {
  now: () => performance.now() / 1000,
  calibrate() {
    const began = performance.now()
    const hash = createHash('sha256')
    for (let megabyte = 0; megabyte < 128; megabyte += 1) hash.update(block)
    hash.digest()
    return (performance.now() - began) / 1000
  },
  log: (line) => console.error(line),
}
