// Notes on rows that are in no ZIP.
import type { TenantMap } from '../../../../domain/tenants/map.ts'
import type { TenantFacts } from '../../../../domain/tenants/tenant-facts.ts'

/** Returns complete sentences for the manifest. */
export function notesOf({ tables }: TenantFacts, map: TenantMap): string[] {
  const unreached = tables.filter(({ held, total = 1 }) => held === 'unreached' && total > 0)
  const unowned = tables.filter((table) => (table.unowned ?? 0) > 0)
  return [
    ...copiesIn(map).map(copyNote),
    ...unreached.map(
      ({ schema, table, total }) =>
        `${schema}.${table}${total === undefined ? '' : ` (${total} rows)`} has no path to a tenant and is in no ZIP. Assign it with --tenant-rule '${schema}.${table}: …'.`,
    ),
    ...unowned.map(
      ({ schema, table, unowned: rows }) => `${schema}.${table}: ${rows} rows belong to no tenant and are in no ZIP.`,
    ),
  ]
}

/** Schemas that `restore --target-schema` created, and whose tables are left out. */
function copiesIn({ tables }: TenantMap): string[] {
  return [
    ...new Set(
      tables.flatMap(({ schema, isCopy, ownership }) => (isCopy && ownership.kind === 'ignored' ? [schema] : [])),
    ),
  ]
}

function copyNote(schema: string): string {
  return `Schema ${schema} is a copy that restore --target-schema made; its tables are in no ZIP. To back up a table, assign it with --tenant-rule, or remove the comment of the schema.`
}
