// A plan of tenants as lines, as a page and as a document.
import { shellWord } from '../domain/command-line.ts'
import { plural } from '../domain/plural.ts'
import type { TenantMap } from '../domain/tenants/map.ts'
import { labelOf } from '../domain/tenants/mermaid.ts'
import { byName, ownershipText } from '../domain/tenants/ownership-text.ts'
import type { PlannedTenants } from '../operations/plan-tenants.ts'
import type { PlannedRows, PlannedTable } from '../operations/tenant-plan-ports.ts'
import type { SummaryPart } from './summary.ts'
import { type Column, textTable } from './text-table.ts'

/** GitHub draws up to 500 arrows and 50,000 characters. */
const mostDrawn = 40_000
const mostArrows = 450

export function tenantsLines(plan: PlannedTenants): string[] {
  const { columns, rows } = tableOf(plan)
  return [...textTable(columns, rows), '', headline(plan), ...idsOf(plan)]
}

const mostIds = 20

function idsOf({ ids, tenants }: PlannedTenants): string[] {
  if (ids.length === 0) return []
  const more = tenants - Math.min(ids.length, mostIds)
  return [`IDs: ${ids.slice(0, mostIds).map(shellWord).join(', ')}${more > 0 ? ` and ${more} more` : ''}`]
}

export function tenantsSummary(plan: PlannedTenants): SummaryPart[] {
  const { columns, rows } = tableOf(plan)
  const head = columns.map((column) => (typeof column === 'string' ? column : column.title))
  const arrows = plan.diagram.split('\n').filter((line) => /-->|-\.->/.test(line)).length
  const isSmall = plan.diagram.length <= mostDrawn && arrows <= mostArrows
  return [
    { kind: 'heading', text: `Tenants of ${plan.display}` },
    { kind: 'paragraph', text: headline(plan) },
    ...(isSmall ? [{ kind: 'diagram', text: plan.diagram } as const] : []),
    { kind: 'table', head, rows },
  ]
}

export function tenantsDocument({ map, tenants, ids, tables, missingIndexes, diagram }: PlannedTenants): unknown {
  const known = byName(map)
  return {
    tenants,
    ids,
    ...(map.tenants && { table: map.tenants }),
    ...(map.schema !== undefined && { schema: map.schema }),
    tables: tables.map(({ table, rows, largeObjects }) => {
      const { schema, table: name, ownership, group } = table
      return {
        ...{ schema, table: name, held: ownership.kind, whose: ownershipText(table, known), group },
        ...(ownership.kind === 'column' && { column: ownership.column }),
        ...(ownership.kind === 'schema' && { tenant: ownership.tenant }),
        ...(ownership.kind === 'paths' && {
          foreignKeys: [
            ...ownership.paths.map(({ foreignKey }) => foreignKey.name),
            ...ownership.self.map((key) => key.name),
          ],
        }),
        ...(rows && { rows }),
        ...(largeObjects.length > 0 && { largeObjects }),
      }
    }),
    missingIndexes,
    diagram,
  }
}

function headline({ tenants, tables, display }: PlannedTenants): string {
  const count = (...kinds: string[]): number =>
    tables.filter(({ table }) => kinds.includes(table.ownership.kind)).length
  const owned = count('tenant', 'column', 'paths', 'schema')
  const others = (['shared', 'unreached', 'ignored'] as const).filter((kind) => count(kind) > 0)
  const nobody = tables.reduce((sum, { rows }) => sum + (rows?.nobody ?? 0), 0)
  return [
    `${plural(tenants, 'tenant')} in ${display}: their rows are in ${plural(owned, 'table')}`,
    ...others.map((kind) => `${count(kind)} ${kind}`),
    ...(nobody > 0 ? [`${plural(nobody, 'row')} of them ${nobody === 1 ? 'belongs' : 'belong'} to no tenant`] : []),
  ].join('; ')
}

/** In order of import; tables of tenants' own schemas are one row together. */
function tableOf({ map, tables }: PlannedTenants): { columns: (string | Column)[]; rows: string[][] } {
  const counted = tables.some(({ rows }) => rows !== undefined)
  const known = byName(map)
  const numbers = ['OF TENANTS', 'NO TENANT', 'AMBIGUOUS'].map((title): Column => ({ title, align: 'right' }))
  return {
    columns: ['TABLE', 'ASSIGNED BY', ...(counted ? [{ title: 'ROWS', align: 'right' } as const, ...numbers] : [])],
    rows: folded(tables, map).map(({ name, table, rows }) => [
      name,
      ownershipText(table, known),
      ...(rows ? numbersOf(table.ownership.kind, rows) : []),
    ]),
  }
}

function numbersOf(kind: string, { total, owned, nobody, disagreeing }: PlannedRows): string[] {
  if (kind === 'shared' || kind === 'unreached' || kind === 'ignored') return [String(total), '', '', '']
  return [total, owned, nobody, disagreeing].map((count) => String(count))
}

interface Folded {
  readonly name: string
  readonly table: PlannedTable['table']
  readonly rows: PlannedRows | undefined
}

function folded(tables: readonly PlannedTable[], map: TenantMap): readonly Folded[] {
  const all = new Map<string, Folded>()
  for (const { table, rows } of tables) {
    const name = labelOf(table, map)
    const before = all.get(name)?.rows
    all.set(name, { name, table, rows: before && rows ? add(before, rows) : rows })
  }
  return [...all.values()]
}

function add(a: PlannedRows, b: PlannedRows): PlannedRows {
  return {
    total: a.total + b.total,
    owned: a.owned + b.owned,
    nobody: a.nobody + b.nobody,
    disagreeing: a.disagreeing + b.disagreeing,
  }
}
