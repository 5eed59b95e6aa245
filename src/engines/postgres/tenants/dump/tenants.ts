// Lists the tenants of a database, and selects the requested ones.
import type pg from 'pg'
import { Failure } from '../../../../domain/failures/failure.ts'
import { nameOf, type TenantMap } from '../../../../domain/tenants/map.ts'
import { fromOf } from '../ownership-sql.ts'
import { asText, id } from '../quoting.ts'

/** Returns all tenant IDs as text, sorted. */
export async function listTenants(client: pg.ClientBase, { tenants, tables }: TenantMap): Promise<string[]> {
  if (!tenants) {
    const found = tables.flatMap(({ ownership }) => (ownership.kind === 'schema' ? [ownership.tenant] : []))
    return [...new Set(found)].sort()
  }
  const table = tables.find((each) => nameOf(each) === nameOf(tenants))
  if (!table) throw new Error('the map lacks its own table of tenants')
  const { rows } = await client.query<{ id: string }>(
    `SELECT ${asText(`t.${id(tenants.column)}`, tenants.type)} AS id FROM ${fromOf(table)} AS t ORDER BY t.${id(tenants.column)}`,
  )
  return rows.map((row) => row.id)
}

/** Returns the requested tenants in the order of `all`. Throws a failure of kind usage that names unknown ones. */
export function chooseTenants(
  all: readonly string[],
  asked: 'all' | readonly string[],
  where: string,
): readonly string[] {
  if (asked === 'all') return all
  const known = new Set(all)
  const unknown = [...new Set(asked)].filter((each) => !known.has(each))
  if (unknown.length === 0) return all.filter((each) => asked.includes(each))
  const named = unknown.slice(0, 5).map((each) => JSON.stringify(each))
  const few = all.slice(0, 5).map((each) => JSON.stringify(each))
  throw new Failure('tenant/not-found', `there is no tenant ${named.join(', ')} in ${where}`, {
    hint:
      all.length === 0
        ? 'The database has no tenants; see `resguardo tenants plan`.'
        : `It has ${all.length} tenants, such as ${few.join(', ')}. Give the ID, not the name.`,
  })
}
