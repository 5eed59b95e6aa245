// The system clock: the only code that reads the time of this machine.
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../ports/common.ts'

export const systemClock: Clock = {
  now: () => new Date(),
  seconds: () => performance.now() / 1000,
  async sleep(seconds, signal) {
    await wait(seconds * 1000, undefined, signal ? { signal } : {}).catch((error: unknown) => {
      throw signal?.aborted ? signal.reason : error
    })
  },
}
