// The tables that a restore of a tenant may write.
import type pg from 'pg'
import { isOwned, type MappedTable, type TenantMap } from '../../../../domain/tenants/map.ts'
import type { TenantRestoreRequest } from '../../../../ports/tenant.ts'
import { qualified } from '../../dump/snapshot.ts'

/** Returns their OIDs; for partitions, the OID of their root. */
export async function writtenTables(
  client: pg.ClientBase,
  { tables }: TenantMap,
  request: TenantRestoreRequest,
): Promise<readonly string[]> {
  const written = tables.filter((table) => isWritten(table, request)).map(qualified)
  const { rows } = await client.query<{ oid: string }>(
    'SELECT to_regclass(t.name)::oid::text AS oid FROM unnest($1::text[]) AS t(name) WHERE to_regclass(t.name) IS NOT NULL',
    [written],
  )
  return rows.map(({ oid }) => oid)
}

function isWritten(table: MappedTable, { zip, as, shared }: TenantRestoreRequest): boolean {
  const { ownership } = table
  if (ownership.kind === 'shared') return shared !== undefined
  if (!isOwned(table)) return false
  return ownership.kind !== 'schema' || ownership.tenant === (as ?? zip.tables.tenant)
}
