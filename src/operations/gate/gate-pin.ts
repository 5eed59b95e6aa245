// Pins the backup that a change relies on, so that no policy removes it while the change waits.
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import { joinFailures } from '../../domain/failures/join-failures.ts'
import type { Found } from '../catalogue/find-backup.ts'
import { isBackup, pinBackup } from '../catalogue/pin.ts'

interface PinnedForChange {
  /** Copies that were removed after they were listed. */
  readonly gone: readonly Found[]
  /** Errors for the other copies. Not fatal: they exist, and retention usually outlasts the maximum age. */
  readonly failure?: Failure
}

/** Adds a pin to each copy, unless a pin with this reason already lasts as long. Never throws. */
export async function pinForChange(
  places: readonly Found[],
  pin: { readonly reason: string; readonly until: Date },
): Promise<PinnedForChange> {
  const { reason, until } = pin
  const lasts = ({ entry }: Found): boolean =>
    entry.pins.some((there) => there.reason === reason && (!there.until || there.until >= until))
  const gone: Found[] = []
  const failures: Failure[] = []
  for (const place of places.filter((each) => !lasts(each))) {
    try {
      await pinBackup([place], pin)
    } catch (error) {
      if (await isGone(place, asFailure(error))) gone.push(place)
      else failures.push(asFailure(error))
    }
  }
  const failure = joinFailures(failures)
  return { gone, ...(failure && { failure }) }
}

/** Checks that the backup is gone, because a lock of the store can also refuse a pin. */
async function isGone(place: Found, { kind }: Failure): Promise<boolean> {
  return kind === 'refused' && !(await isBackup(place).catch(() => true))
}
