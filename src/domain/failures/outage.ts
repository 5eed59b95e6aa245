// Retries and time limits of requests to stores and GitHub that make no progress.

/** Limits for retries. Times in seconds. */
export interface RetryLimits {
  /** Maximum number of attempts per request. */
  readonly attempts: number
  /** Waits double from the first to the longest; each is shortened at random by up to half. */
  readonly firstDelay: number
  readonly longestDelay: number
  /** A connection without traffic for this time is closed. */
  readonly idleTimeout: number
  /** A request fails after this time without progress, including all attempts and waits. */
  readonly longestOutage: number
}

/** Counts the failed attempts of a request or download since the last received bytes. */
export class Outage {
  readonly #limits: RetryLimits
  #failures = 0
  #lost = 0

  constructor(limits: RetryLimits) {
    this.#limits = limits
  }

  /** Resets the count after bytes were received. */
  progress(): void {
    this.#failures = 0
    this.#lost = 0
  }

  /**
   * Counts an attempt that failed after this many seconds; at most `idleTimeout` of them count as without progress.
   * Returns the seconds to wait before the next attempt. Returns undefined if no attempt is left, or if another attempt
   * without a response could exceed `longestOutage`. `chance` is from 0 to 1.
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
