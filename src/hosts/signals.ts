// SIGINT and SIGTERM: the first asks the work to stop, another one later ends the process.
import type { Clock } from '../ports/common.ts'

const stopSignals = ['SIGINT', 'SIGTERM'] as const
type StopSignal = (typeof stopSignals)[number]

/** What signals come from: the process, or a test's stand-in. */
interface SignalSource {
  on(name: StopSignal, listener: () => void): unknown
}

/** A terminal and npm both pass on the same Ctrl-C: what follows within a second is still the first. */
const sameSeconds = 1

/** Calls `first` once, and `again` for every signal that comes at least a second after the first. */
export function watchSignals(
  source: SignalSource,
  clock: Clock,
  react: { first(name: StopSignal): void; again(name: StopSignal): void },
): void {
  let since: number | undefined
  for (const name of stopSignals) {
    source.on(name, () => {
      const now = clock.seconds()
      if (since === undefined) {
        since = now
        react.first(name)
      } else if (now - since >= sameSeconds) react.again(name)
    })
  }
}
