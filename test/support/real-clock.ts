// The machine's own clock behind the Clock port, for tests that talk to real servers.
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
