// The failure for stores without backups: before the first backup, or with a mistyped address.
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { Store } from '../../ports/common.ts'

/**
 * Returns the failure for stores without backups (of a kind): `backup/none`, with every address and the path of each
 * folder that does not exist; the first backup creates the folder. Throws other errors of `check`.
 */
export async function noBackups(stores: readonly Store[], kind?: string): Promise<Failure> {
  const missing: string[] = []
  for (const store of stores) {
    try {
      await store.check(false)
    } catch (error) {
      const { code, message } = asFailure(error)
      if (code !== 'store/not-found') throw error
      missing.push(message)
    }
  }
  const places = stores.map(({ address }) => address).join(', ')
  const first = kind === undefined ? 'resguardo backup' : `resguardo backup ${kind}`
  return new Failure('backup/none', [`there are no backups yet in ${places}`, ...missing].join(': '), {
    hint: `Check the address. To make the first backup: \`${first}\``,
  })
}
