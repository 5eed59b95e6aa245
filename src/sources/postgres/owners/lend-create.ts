// The right to create objects in schemas, lent to a role while it restores its objects there: it may have lost the right since.
import pg from 'pg'
import type { Address } from '../address.ts'
import { withClient } from '../connect.ts'

/** `address` is of the database, with a superuser. The right is taken back whatever happens. */
export async function lendCreate<T>(
  address: Address,
  role: string,
  schemas: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const lent = await withClient(address, async (client) => {
    const { rows } = await client.query<{ schema: string }>(
      `SELECT n.nspname::text AS schema FROM pg_namespace AS n
        WHERE n.nspname = ANY ($2::text[]) AND NOT has_schema_privilege($1::name, n.oid, 'CREATE')`,
      [role, schemas],
    )
    const names = rows.map(({ schema }) => pg.escapeIdentifier(schema)).join(', ')
    if (names !== '') await client.query(`GRANT CREATE ON SCHEMA ${names} TO ${pg.escapeIdentifier(role)}`)
    return names
  })
  if (lent === '') return work()
  try {
    return await work()
  } finally {
    await withClient(address, (client) => client.query(`REVOKE CREATE ON SCHEMA ${lent} FROM ${pg.escapeIdentifier(role)}`))
  }
}
