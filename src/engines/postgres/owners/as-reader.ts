// Runs the user's check SQL on a scratch database with the right to read every table, and no other right.
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { openLogins } from './logins.ts'
import { isSuperuser } from './superusers.ts'

/** Role of PostgreSQL 14 and later with SELECT on every table and view. */
const reader = 'pg_read_all_data'

/**
 * Calls `work` with the address of a read-only login; with `address` itself if its user is not a superuser or the
 * server is older than PostgreSQL 14. Throws as `openLogins` does.
 */
export async function asReader<T>(address: Address, work: (address: Address) => Promise<T>): Promise<T> {
  const needed = await withClient(address, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [reader])
    return rowCount === 1 && (await isSuperuser(client))
  })
  if (!needed) return work(address)
  const logins = await openLogins(address, [{ roles: [reader], bypassesPolicies: true, single: true }], {
    code: 'drill/reader-login',
    hint: 'Permit password logins in pg_hba.conf of the scratch server, or omit --check-sql.',
  })
  try {
    return await work(logins.addresses[0] as Address)
  } finally {
    await logins.close()
  }
}
