// Handles SIGINT and SIGTERM: the first signal stops the work, a later one ends the process.
import type { Clock } from '../ports/common.ts'

const stopSignals = ['SIGINT', 'SIGTERM'] as const
type StopSignal = (typeof stopSignals)[number]

/** The source of signals: the process, or a fake in tests. */
interface SignalSource {
  on(name: StopSignal, listener: () => void): unknown
}

/** Seconds. A terminal and npm both forward the same Ctrl-C, so a signal within a second of the first is ignored. */
const sameSeconds = 1

/** Calls `first` once, and `again` for every signal at least a second after the first. */
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
