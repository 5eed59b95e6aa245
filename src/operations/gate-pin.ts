// Pins the backup that a change relies on, so that no policy removes it while the change waits.
import { asFailure } from '../domain/failure.ts'
import type { Found } from './find-backup.ts'
import { pinBackup } from './pin.ts'

/**
 * Pins where no pin of this reason lasts as long yet. What fails is told, and no failure: the backup is there, and its own
 * days are longer than the gate looks back. Gives sentences to warn with.
 */
export async function pinForChange(
  places: readonly Found[],
  pin: { readonly reason: string; readonly until: Date },
): Promise<string[]> {
  const { reason, until } = pin
  const lasts = ({ entry }: Found): boolean =>
    entry.pins.some((there) => there.reason === reason && (!there.until || there.until >= until))
  const open = places.filter((place) => !lasts(place))
  try {
    await pinBackup(open, pin)
    return []
  } catch (error) {
    return [`The backup could not be pinned everywhere, so that only its own days keep it: ${asFailure(error).message}`]
  }
}
