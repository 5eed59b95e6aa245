// How long a request to a store or to GitHub goes on without progress before it fails.

/** When to try again, and when to give up. Times in seconds. */
export interface RetryLimits {
  /** How often a request is tried in all. */
  readonly attempts: number
  /** Waits grow from the first to the longest, doubling, each shortened at random by up to half. */
  readonly firstDelay: number
  readonly longestDelay: number
  /** A connection on which nothing moves for so long is given up. */
  readonly idleTimeout: number
  /** A request fails when it has made no progress for so long, all attempts and the waits between them together. */
  readonly longestOutage: number
}

/** The failed attempts of one request, or of one download, since bytes last came. */
export class Outage {
  readonly #limits: RetryLimits
  #failures = 0
  #lost = 0

  constructor(limits: RetryLimits) {
    this.#limits = limits
  }

  /** Bytes came: what was lost before does not count any more. */
  progress(): void {
    this.#failures = 0
    this.#lost = 0
  }

  /**
   * Counts an attempt that failed after so many seconds, of which at most `idleTimeout` were without progress. Returns the seconds to
   * wait before the next one; undefined if the attempts are over, or another silent one could end later than `longestOutage` allows.
   * `chance` is from 0 to 1.
   */
  next(seconds: number, chance: number, attempts = this.#limits.attempts): number | undefined {
    const { idleTimeout, firstDelay, longestDelay, longestOutage } = this.#limits
    this.#failures += 1
    this.#lost += Math.min(seconds, idleTimeout)
    const delay = Math.min(longestDelay, firstDelay * 2 ** (this.#failures - 1)) * (0.5 + chance / 2)
    if (this.#failures >= attempts || this.#lost + delay + idleTimeout > longestOutage) return undefined
    this.#lost += delay
    return delay
  }
}
