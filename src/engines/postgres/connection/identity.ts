// Identifies the database of a URL by its name and its server's system identifier. No client tools are needed.
import type { DatabaseIdentity } from '../../../ports/gate.ts'
import { systemIdentifier } from '../probe.ts'
import { parseAddress } from './address.ts'
import { withClient } from './connect.ts'

/**
 * Reads the identity in a read-only session. Throws a Failure of kind usage for an invalid URL, or of kind unreachable.
 */
export async function identifyDatabase(url: string): Promise<DatabaseIdentity> {
  const address = parseAddress(url)
  return withClient(address, async (client) => {
    await client.query('SET default_transaction_read_only = on')
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name')
    const identifier = await systemIdentifier(client)
    return {
      display: address.display,
      database: rows[0]?.name ?? address.database,
      ...(identifier !== undefined && { systemIdentifier: identifier }),
    }
  })
}
