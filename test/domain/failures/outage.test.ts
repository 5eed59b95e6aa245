// The total time limit of an S3 request, calculated without waiting.
import { describe, expect, test } from 'vitest'
import { Outage } from '../../../src/domain/failures/outage.ts'
import { defaultPatience } from '../../../src/stores/s3/settings.ts'

const { attempts, idleTimeout, connectTimeout, longestOutage } = defaultPatience

/**
 * Returns the attempts and seconds until a request fails; `lasts` returns the seconds of attempt n without progress.
 */
function untilGivenUp(lasts: (n: number) => number, chance: number): { tries: number; seconds: number } {
  const outage = new Outage(defaultPatience)
  let seconds = 0
  for (let tries = 1; ; tries += 1) {
    const silent = Math.min(lasts(tries), idleTimeout)
    seconds += silent
    const delay = outage.next(silent, chance)
    if (delay === undefined) return { tries, seconds }
    seconds += delay
  }
}

describe('an outage of S3', () => {
  test.each([0, 0.5, 1])(
    'an outage with silent connections ends after three attempts of 30 s (chance %d)',
    (chance) => {
      const { tries, seconds } = untilGivenUp(() => idleTimeout, chance)
      expect(tries).toBe(3)
      expect(seconds).toBeGreaterThan(90)
      expect(seconds).toBeLessThan(92)
    },
  )

  test.each([0, 1])('an outage with refused connections ends after 15 s to 31 s (chance %d)', (chance) => {
    const { tries, seconds } = untilGivenUp(() => 0, chance)
    expect(tries).toBe(attempts)
    expect(seconds).toBeGreaterThan(15)
    expect(seconds).toBeLessThan(31)
  })

  test('an outage lasts at most two minutes for any sequence of failed attempts', () => {
    const kinds = [0, 0.1, 3, connectTimeout, 20, idleTimeout, 600]
    const mixes = Array.from({ length: kinds.length ** 4 }, (_, mix) => (n: number) => {
      return kinds[Math.floor(mix / kinds.length ** ((n - 1) % 4)) % kinds.length] ?? 0
    })
    const longest = Math.max(...mixes.flatMap((lasts) => [0, 1].map((chance) => untilGivenUp(lasts, chance).seconds)))
    expect(longest).toBeLessThanOrEqual(longestOutage)
    expect(longest).toBeGreaterThan(90)
    expect(longestOutage).toBe(120)
    expect(idleTimeout).toBe(30)
  })

  test('the limits restart when bytes arrive', () => {
    const outage = new Outage(defaultPatience)
    for (let n = 1; n <= 20; n += 1) {
      expect(outage.next(idleTimeout, 1)).toBe(0.5)
      outage.progress()
    }
  })
})
