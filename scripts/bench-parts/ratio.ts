// Statistics of paired rounds: the ratio of two contenders with its 95% confidence interval, and the spread of samples.

export interface Ratio {
  /** Geometric mean of the rounds' ratios. */
  readonly ratio: number
  /** Bounds of the 95% confidence interval; none below two rounds. */
  readonly interval: readonly [low: number, high: number] | null
}

/** Width below which an interval decides, as a fraction of the ratio. */
const narrowWidth = 0.05

/**
 * Ratio of `measured` to `rival`, which contain one sample per round, in order. The interval is Student's t-interval of
 * the mean of ln(measured / rival): pairing removes what slows a whole round, and logarithms make the result the same
 * in both directions.
 */
export function ratioOf(measured: readonly number[], rival: readonly number[]): Ratio {
  const rounds = Math.min(measured.length, rival.length)
  const logs = Array.from({ length: rounds }, (_, round) => Math.log((measured[round] ?? 0) / (rival[round] ?? 0)))
  const mean = average(logs)
  if (rounds < 2) return { ratio: Math.exp(mean), interval: null }
  const half = (studentT(rounds - 1) * deviation(logs)) / Math.sqrt(rounds)
  return { ratio: Math.exp(mean), interval: [Math.exp(mean - half), Math.exp(mean + half)] }
}

/** Whether the interval is narrow enough for the ratio to be reliable. */
export function isNarrow({ ratio, interval }: Ratio): boolean {
  return interval !== null && (interval[1] - interval[0]) / ratio < narrowWidth
}

/** Sample standard deviation as a share of the mean; 0 for fewer than two samples. */
export function spread(samples: readonly number[]): number {
  return samples.length < 2 ? 0 : deviation(samples) / average(samples)
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : average(sorted.slice(middle - 1, middle + 1))
}

/** Two-sided 95% quantiles of Student's t for 1 to 30 degrees of freedom. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
]

/** From the table; above 30 degrees of freedom the first terms of the Cornish-Fisher expansion, exact to 0.001. */
export function studentT(degrees: number): number {
  const z = 1.95996
  return (
    quantiles[degrees - 1] ??
    z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2)
  )
}

function average(samples: readonly number[]): number {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length
}

function deviation(samples: readonly number[]): number {
  const mean = average(samples)
  return Math.sqrt(samples.reduce((sum, sample) => sum + (sample - mean) ** 2, 0) / (samples.length - 1))
}
