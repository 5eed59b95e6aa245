// Notes on rows that are in no ZIP.
import type { TenantFacts } from '../../../../domain/tenants/tenant-facts.ts'

/** Returns complete sentences for the manifest. */
export function notesOf({ tables }: TenantFacts): string[] {
  const unreached = tables.filter(({ held, total = 1 }) => held === 'unreached' && total > 0)
  const unowned = tables.filter((table) => (table.unowned ?? 0) > 0)
  return [
    ...unreached.map(
      ({ schema, table, total }) =>
        `${schema}.${table}${total === undefined ? '' : ` (${total} rows)`} has no path to a tenant and is in no ZIP. Assign it with --tenant-rule '${schema}.${table}: …'.`,
    ),
    ...unowned.map(
      ({ schema, table, unowned: rows }) => `${schema}.${table}: ${rows} rows belong to no tenant and are in no ZIP.`,
    ),
  ]
}
