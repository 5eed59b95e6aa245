// Opens a login for each owner of objects in a backup, so that an owner's code runs with the rights of that owner only.
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { openLogins } from './logins.ts'
import { superusersAmong } from './superusers.ts'

export interface OwnerLogins {
  /** By owner. Superusers among the owners have no login. */
  readonly addresses: ReadonlyMap<string, Address>
  /** Ends the logins' sessions and drops the logins. Never throws. */
  close(): Promise<void>
}

/** `address` connects as a superuser to the database where the code runs. Throws as `openLogins` does. */
export async function openOwnerLogins(address: Address, owners: Iterable<string>): Promise<OwnerLogins> {
  const all = [...new Set(owners)].sort()
  const superusers = await withClient(address, (client) => superusersAmong(client, all))
  const ordinary = all.filter((owner) => !superusers.includes(owner))
  const logins = await openLogins(
    address,
    ordinary.map((owner) => ({ roles: [owner] })),
  )
  const addresses = new Map(ordinary.map((owner, index) => [owner, logins.addresses[index] as Address]))
  return { addresses, close: logins.close }
}
