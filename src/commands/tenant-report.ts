// What a backup of tenants contains.
import type { TenantFacts } from '../domain/tenants/tenant-facts.ts'
import { commands, details, numbers, onPage, type Report, report, table } from '../report/report.ts'

/** Labels and values. */
export function tenantFacts({
  asked,
  tenants,
  excel,
  tables,
}: TenantFacts): [label: string, value: string | undefined][] {
  const unowned = tables.filter((each) => (each.unowned ?? 0) > 0)
  const sum = unowned.reduce((total, each) => total + (each.unowned ?? 0), 0)
  const isCounted = asked === 'all' && tables.some(({ total }) => total !== undefined)
  return [
    ['Tenants', String(tenants)],
    [
      'Completeness',
      isCounted ? `rows of tenants and ${sum} without a tenant are all rows in the same snapshot` : undefined,
    ],
    ['Rows in no ZIP', unowned.map((each) => `${each.schema}.${each.table} (${each.unowned})`).join(', ') || undefined],
    ['Format', excel ? 'for spreadsheets (--excel)' : undefined],
  ]
}

/** Rows by table, and how to see the assignment of tables that are not in the backup. */
export function tenantContents({ tables }: TenantFacts): Report {
  const isIncomplete = tables.some(({ held, total = 1 }) => held === 'unreached' && total > 0)
  return report(
    onPage(
      details(
        'Rows of tenants by table',
        table(
          ['Table', 'Assigned by', numbers('Rows of tenants'), numbers('Without a tenant'), numbers('Total')],
          tables.map(({ schema, table: name, held, rows, unowned, total }) => [
            `${schema}.${name}`,
            held,
            rows,
            unowned,
            total,
          ]),
        ),
      ),
    ),
    isIncomplete && commands('To see which tables have no path to a tenant', { words: ['tenants', 'plan'] }),
  )
}
