// Checks that stores can be written to, before a run writes anything.
import { asFailure } from '../../domain/failures/failure.ts'
import type { Reporter, Store } from '../../ports/common.ts'
import type { Destination } from '../../streams/write-to-stores.ts'

/** Marks each store that cannot be used, with a warning. Throws the first store's failure if none can be used. */
export async function checkStores(stores: readonly Store[], reporter: Reporter): Promise<Destination[]> {
  const destinations: Destination[] = stores.map((store) => ({ store }))
  const check = async (destination: Destination): Promise<void> => {
    try {
      await destination.store.check(true)
    } catch (error) {
      destination.failure = asFailure(error)
    }
  }
  await Promise.all(destinations.map(check))
  const failed = destinations.filter(({ failure }) => failure)
  if (failed.length === destinations.length && failed[0]?.failure) throw failed[0].failure
  for (const { store, failure } of failed)
    reporter.warn(`Store ${store.address} cannot be used and is skipped: ${failure?.message}.`)
  return destinations
}
