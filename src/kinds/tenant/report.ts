// The report of a backup of tenants.
import type { KindReport } from '../../commands/world.ts'
import type { Manifest, PostgresManifest } from '../../domain/manifest/manifest.ts'
import { indexFile } from '../../domain/tenants/pack-index.ts'
import type { TenantFacts } from '../../domain/tenants/tenant-facts.ts'
import { isPack } from '../../domain/tenants/tenant-file.ts'
import { commands, details, numbers, onPage, type Report, report, table } from '../../report/report.ts'
import { postgresFacts, rolesByHand } from '../postgres-report.ts'

/** Labels and values. */
function tenantFacts({ asked, tenants, excel, tables }: TenantFacts): [label: string, value: string | undefined][] {
  const unowned = tables.filter((each) => (each.unowned ?? 0) > 0)
  const sum = unowned.reduce((total, each) => total + (each.unowned ?? 0), 0)
  const isCounted = asked === 'all' && tables.some(({ total }) => total !== undefined)
  return [
    ['Tenants', String(tenants)],
    [
      'Completeness',
      isCounted ? `rows of tenants plus ${sum} without a tenant equal all rows in the snapshot` : undefined,
    ],
    ['Rows in no ZIP', unowned.map((each) => `${each.schema}.${each.table} (${each.unowned})`).join(', ') || undefined],
    ['Format', excel ? 'for spreadsheets (--excel)' : undefined],
  ]
}

/** Rows by table, and how to see the assignment of tables that are not in the backup. */
function tenantContents({ tables }: TenantFacts): Report {
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

export const tenantReport: KindReport<PostgresManifest> = {
  sizes: { rows: 'Rows', bytes: 'Uncompressed dump' },
  facts: (manifest) => [...postgresFacts(manifest), ...(manifest.tenants ? tenantFacts(manifest.tenants) : [])],
  contents: ({ tenants }) => (tenants ? tenantContents(tenants) : []),
  restore({ payloads }) {
    const tenant = payloads.find(({ role }) => role === 'tenant')?.tenants?.[0] ?? 'ID'
    return { flags: { tenant, mode: 'replace' }, confirm: 'DATABASE' }
  },
  byHand: (manifest) => [...rolesByHand(manifest), ...zipByHand(manifest.payloads)],
}

function zipByHand(payloads: Manifest['payloads']): string[] {
  const isPacked = payloads.some(({ file }) => isPack(file))
  const find = `if unzip -p "$zip" ${indexFile} | grep -q '^ID,'; then echo "$zip"; fi`
  return [
    '# one tenant: its README.txt says how to load the CSVs',
    'unzip tenants/ID.zip -d tenant',
    ...(isPacked
      ? [
          '# a tenant without its own ZIP: print the ZIP that has its rows; the README.txt in it says how to extract them',
          `for zip in tenants/packs/*.zip; do ${find}; done`,
        ]
      : []),
  ]
}
