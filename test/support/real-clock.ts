// The system clock as a Clock port, for tests with real servers.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../src/ports/common.ts'

export const realClock: Clock = {
  now: () => new Date(),
  seconds: () => performance.now() / 1000,
  async sleep(seconds, signal) {
    try {
      await sleep(seconds * 1000, undefined, signal && { signal })
    } catch (error) {
      throw signal?.aborted ? signal.reason : error
    }
  },
}
