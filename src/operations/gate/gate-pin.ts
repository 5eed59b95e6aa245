// Pins the backup that a change relies on, so that no policy removes it while the change waits.
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import { joinFailures } from '../../domain/failures/join-failures.ts'
import type { Found } from '../catalogue/find-backup.ts'
import { isBackup, pinBackup } from '../catalogue/pin.ts'

interface PinnedForChange {
  /** Places that hold no such backup any more: it was removed since they were listed. */
  readonly gone: readonly Found[]
  /**
   * What went wrong in the others. The backup is there anyway, and its own days are longer than the gate looks back.
   */
  readonly failure?: Failure
}

/** Pins where no pin of this reason lasts as long yet, in each place on its own. Throws nothing. */
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

/** A pin is refused by a store's own lock as well. */
async function isGone(place: Found, { kind }: Failure): Promise<boolean> {
  return kind === 'refused' && !(await isBackup(place).catch(() => true))
}
