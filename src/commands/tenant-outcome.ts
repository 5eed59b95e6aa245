// What came of a backup of tenants, for people.

import { commandLine, type Flags } from '../domain/command-line.ts'
import type { Manifest } from '../domain/manifest.ts'
import { plural } from '../domain/plural.ts'
import type { TenantFacts } from '../domain/tenants/tenant-facts.ts'
import type { SummaryPart } from './summary.ts'

/** Lines for a terminal. */
export function tenantLines({ asked, tenants, excel, tables }: TenantFacts): string[] {
  const unowned = tables.reduce((sum, table) => sum + (table.unowned ?? 0), 0)
  const nobodys = tables.filter((table) => (table.unowned ?? 0) > 0)
  const unreached = tables.filter(({ held, total = 1 }) => held === 'unreached' && total > 0)
  const counted = asked === 'all' && tables.some(({ total }) => total !== undefined)
  return [
    ...(counted
      ? [
          `  ${plural(tenants, 'tenant')}: their rows and the ${unowned} without a tenant are all rows of each table in the same snapshot.`,
        ]
      : [`  ${plural(tenants, 'tenant')}.`]),
    ...(nobodys.length > 0
      ? [
          `  Rows without a tenant, in no ZIP: ${nobodys.map((table) => `${table.schema}.${table.table} (${table.unowned})`).join(', ')}.`,
        ]
      : []),
    ...(excel ? ['  Written for spreadsheets (--excel).'] : []),
    ...(unreached.length > 0
      ? [
          `  Tables not in the backup, because they have no path to a tenant: ${unreached.map(({ schema, table }) => `${schema}.${table}`).join(', ')}. See \`resguardo tenants plan\`.`,
        ]
      : []),
  ]
}

const shownAtMost = 200

/** A table of what belongs to whom, for a page. */
export function tenantSummary({ tables }: TenantFacts): SummaryPart {
  const rows = tables
    .slice(0, shownAtMost)
    .map(({ schema, table, held, rows: count, unowned, total }) => [
      `${schema}.${table}`,
      held,
      String(count),
      unowned === undefined ? '' : String(unowned),
      total === undefined ? '' : String(total),
    ])
  const more = tables.length - shownAtMost
  return {
    kind: 'details',
    title: `Rows of tenants by table${more > 0 ? ` (the first ${shownAtMost} of ${tables.length})` : ''}`,
    parts: [{ kind: 'table', head: ['Table', 'Assigned by', 'Rows of tenants', 'Without a tenant', 'Total'], rows }],
  }
}

/**
 * How one tenant is restored. `where`: the flags that name the store and the backup's name, and what makes a tenant.
 */
export function tenantCommands({ id, payloads }: Manifest, where: Flags): string[] {
  const tenant = payloads.find(({ role }) => role === 'tenant')?.tenant ?? 'ID'
  const flags = { tenant, ...where, mode: 'replace' }
  return [
    '# restore one tenant: first the plan, then the restore',
    commandLine(['restore', 'tenant', id], { ...flags, 'dry-run': true }),
    `${commandLine(['restore', 'tenant', id], flags)} --confirm DATABASE`,
  ]
}
