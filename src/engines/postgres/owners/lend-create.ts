// Grants a role CREATE on schemas while it restores its objects there: it may have lost the privilege since it created
// them.
import pg from 'pg'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'

interface Lending {
  readonly role: string
  readonly schemas: readonly string[]
}

/**
 * Grants the role CREATE on those schemas where it lacks it, and revokes it even if `work` throws. `address` connects
 * to the database as a superuser. Returns the names of new objects in the schemas where CREATE was granted, one for
 * each object; indexes, and types of tables, are parts of tables.
 */
export async function lendCreate(
  address: Address,
  { role, schemas }: Lending,
  work: () => Promise<void>,
): Promise<string[]> {
  const { lent, oids, before } = await withClient(address, async (client) => {
    const { rows } = await client.query<{ oid: string; schema: string }>(
      `SELECT n.oid::text AS oid, n.nspname::text AS schema FROM pg_namespace AS n
        WHERE n.nspname = ANY ($2::text[]) AND NOT has_schema_privilege($1::name, n.oid, 'CREATE')`,
      [role, schemas],
    )
    const names = rows.map(({ schema }) => pg.escapeIdentifier(schema)).join(', ')
    const found = rows.map(({ oid }) => oid)
    const objects = await objectsIn(client, found)
    if (names !== '') await client.query(`GRANT CREATE ON SCHEMA ${names} TO ${pg.escapeIdentifier(role)}`)
    return { lent: names, oids: found, before: new Set(objects.map(({ key }) => key)) }
  })
  if (lent === '') {
    await work()
    return []
  }
  try {
    await work()
  } finally {
    await withClient(address, (client) =>
      client.query(`REVOKE CREATE ON SCHEMA ${lent} FROM ${pg.escapeIdentifier(role)}`),
    )
  }
  const after = await withClient(address, (client) => objectsIn(client, oids))
  return after.flatMap(({ key, name }) => (before.has(key) ? [] : name))
}

async function objectsIn(client: pg.ClientBase, schemas: readonly string[]): Promise<{ key: string; name: string }[]> {
  if (schemas.length === 0) return []
  const { rows } = await client.query<{ key: string; name: string }>(
    `SELECT DISTINCT d.classid || ' ' || d.objid AS key, coalesce(t.typname::text, a.object_names[array_upper(a.object_names, 1)]) AS name
       FROM pg_depend d LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid CROSS JOIN LATERAL pg_identify_object_as_address(d.classid, d.objid, 0) AS a
      WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = ANY ($1::oid[])`,
    [schemas],
  )
  return rows
}
