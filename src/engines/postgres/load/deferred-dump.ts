// Restores a plain dump without running event triggers or contacting foreign servers, and reports views that stay
// empty.

import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { deferRefreshes } from './deferred-script.ts'

export class DeferredDump {
  #refreshes = 0

  run(script: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    return deferRefreshes(script, () => {
      this.#refreshes += 1
    })
  }

  /** Names the empty materialized views if the dump would have filled more views than are filled now. */
  async notes(address: Address): Promise<readonly string[]> {
    if (this.#refreshes === 0) return []
    const { rows } = await withClient(address, (client) => client.query<{ name: string; filled: boolean }>(viewsSql))
    const empty = rows.filter(({ filled }) => !filled).map(({ name }) => name)
    if (rows.length - empty.length >= this.#refreshes) return []
    return [
      `Materialized views that read foreign tables, or that were empty in the backup, were not refreshed: ${empty.join(', ')}.`,
    ]
  }
}

const viewsSql = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relispopulated AS filled
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' ORDER BY 1`
