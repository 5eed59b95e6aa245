// Which database a URL leads to: its name and its server's identifier, and nothing else. No client tools are needed.
import type { DatabaseIdentity } from '../../../ports/gate.ts'
import { systemIdentifier } from '../probe.ts'
import { parseAddress } from './address.ts'
import { withClient } from './connect.ts'

/**
 * Asks in a session that can only read. Throws a failure of kind usage for an invalid URL, a failure of kind
 * unreachable.
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
