// The report and the document of a plan of tenants.

import type { TenantMap } from '../../domain/tenants/map.ts'
import { labelOf } from '../../domain/tenants/mermaid.ts'
import { byName, ownershipText } from '../../domain/tenants/ownership-text.ts'
import { shellWord } from '../../domain/text/command-line.ts'
import { plural } from '../../domain/text/plural.ts'
import type { PlannedTenants } from '../../operations/tenants/plan-tenants.ts'
import type { PlannedRows, PlannedTable } from '../../ports/tenant-plan.ts'
import {
  code,
  facts,
  heading,
  inTerminal,
  numbers,
  type Part,
  paragraph,
  type Report,
  report,
  table,
} from '../../report/report.ts'

/** Below the limits of diagrams on GitHub: 500 arrows and 50,000 characters. */
const mostDrawn = 40_000
const mostArrows = 450

const idsAtMost = 20

/** `diagram`: whether a terminal shows the source of the diagram. */
export function tenantsReport(plan: PlannedTenants, diagram: boolean): Report {
  const arrows = plan.diagram.split('\n').filter((line) => /-->|-\.->/.test(line)).length
  const isSmall = plan.diagram.length <= mostDrawn && arrows <= mostArrows
  return report(
    heading(`Tenants of ${plan.display}`),
    paragraph(headline(plan)),
    isSmall && { kind: 'diagram', text: plan.diagram },
    tableOf(plan),
    inTerminal(facts([['Tenant IDs', idsText(plan)]]), diagram && code('mermaid', plan.diagram, 'Diagram')),
  )
}

function idsText({ ids, tenants }: PlannedTenants): string | undefined {
  if (ids.length === 0) return undefined
  const shown = ids.slice(0, idsAtMost)
  const more = tenants - shown.length
  return `${shown.map(shellWord).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
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

function headline({ tenants, tables }: PlannedTenants): string {
  const count = (...kinds: string[]): number =>
    tables.filter(({ table }) => kinds.includes(table.ownership.kind)).length
  const owned = count('tenant', 'column', 'paths', 'schema')
  const others = (['shared', 'unreached', 'ignored'] as const).filter((kind) => count(kind) > 0)
  const nobody = tables.reduce((sum, { rows }) => sum + (rows?.nobody ?? 0), 0)
  return [
    `${plural(tenants, 'tenant')}: their rows are in ${plural(owned, 'table')}`,
    ...others.map((kind) => `${count(kind)} ${kind}`),
    ...(nobody > 0 ? [`${plural(nobody, 'row')} of them ${nobody === 1 ? 'belongs' : 'belong'} to no tenant`] : []),
  ]
    .join('; ')
    .concat('.')
}

/** In order of import. Tables of tenants' own schemas are combined in one row. */
function tableOf({ map, tables }: PlannedTenants): Part {
  const isCounted = tables.some(({ rows }) => rows !== undefined)
  const known = byName(map)
  const counts = ['Rows', 'Of tenants', 'No tenant', 'Ambiguous'].map(numbers)
  return table(
    ['Table', 'Assigned by', ...(isCounted ? counts : [])],
    folded(tables, map).map(({ name, table: planned, rows }) => [
      name,
      ownershipText(planned, known),
      ...(rows ? countsOf(planned.ownership.kind, rows) : []),
    ]),
  )
}

function countsOf(kind: string, { total, owned, nobody, disagreeing }: PlannedRows): (number | undefined)[] {
  const isOfTenants = !['shared', 'unreached', 'ignored'].includes(kind)
  return isOfTenants ? [total, owned, nobody, disagreeing] : [total, undefined, undefined, undefined]
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
