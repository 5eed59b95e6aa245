// Open questions of a plan of tenants, each with the rule that would answer it.

import { formatTableRule } from '../../domain/tenants/format-table-rule.ts'
import { type MappedTable, nameOf, type TableRule } from '../../domain/tenants/map.ts'
import { plainText } from '../../domain/text/plain-text.ts'
import { plural } from '../../domain/text/plural.ts'
import { formatBytes } from '../../domain/text/quantities.ts'
import type { MissingIndex, PlannedTable, TenantPlan } from '../../ports/tenant-plan.ts'

interface Question {
  readonly text: string
  /** Whether --strict makes this a failure. */
  readonly strict: boolean
}

export function questionsOf(plan: TenantPlan): readonly Question[] {
  const { map, tenants, tables } = plan
  const none =
    tenants > 0
      ? []
      : [
          map.schema === undefined
            ? 'There are no tenants.'
            : `No schema matches ${map.schema}, so there are no tenants.`,
        ]
  const questions = [
    ...none.map((text) => ({ text, strict: false })),
    ...tables.filter(({ table }) => table.ownership.kind === 'unreached').map((each) => unreached(each, plan)),
    ...tables.filter(({ rows }) => (rows?.disagreeing ?? 0) > 0).map(disagreeing),
    ...tables.filter(({ largeObjects }) => largeObjects.length > 0).map(largeObjects),
    ...plan.missingIndexes.map(missingIndex),
  ]
  return questions.map(({ text, strict }) => ({ text: plainText(text), strict }))
}

function unreached({ table, rows }: PlannedTable, { map }: TenantPlan): Question {
  const names = [
    map.tenants && `${map.tenants.table}id`,
    'tenantid',
    'orgid',
    'organizationid',
    'accountid',
    'workspaceid',
  ]
  const column = table.columns.find(({ name }) =>
    names.some((each) => each !== undefined && plainName(each) === plainName(name)),
  )
  const guess: TableRule['says'] = column ? { kind: 'column', column: column.name } : { kind: 'ignored' }
  const count = rows ? ` (${plural(rows.total, 'row')})` : ''
  return {
    text: `${nameOf(table)}${count} has no path to a tenant, so its rows are in no ZIP. Assign them: ${flagOf(table, guess)} (or shared, ${column ? 'ignored' : 'column NAME'})`,
    strict: true,
  }
}

function disagreeing({ table, rows }: PlannedTable): Question {
  const { ownership } = table
  const disagree = rows?.disagreeing ?? 0
  const say = (one: string, many: string): string => `${plural(disagree, 'row')} ${disagree === 1 ? one : many}`
  const paths = ownership.kind === 'paths' ? ownership.paths.map(({ foreignKey }) => foreignKey) : []
  const self = ownership.kind === 'paths' ? ownership.self : []
  const keys = paths.length > 1 ? paths : self.length > 1 ? self : []
  const [first] = keys
  if (!first) {
    const parent = paths[0] ? ` of ${nameOf(paths[0].target)}` : ''
    return {
      text: `${nameOf(table)}: ${say('refers', 'refer')} to rows${parent} that belong to different tenants by different foreign keys. Correct those first.`,
      strict: true,
    }
  }
  const names = keys.map(({ name }) => JSON.stringify(name)).join(', ')
  return {
    text: `${nameOf(table)}: ${say('belongs', 'belong')} to different tenants by different foreign keys (${names}). Correct the rows, or name the foreign key to use: ${flagOf(table, { kind: 'through', foreignKey: first.name })}`,
    strict: true,
  }
}

function largeObjects({ table, largeObjects: columns }: PlannedTable): Question {
  const named = columns.map((name) => JSON.stringify(name)).join(', ')
  return {
    text: `${nameOf(table)}: ${named} refers to large objects, which are not in a tenant's ZIP; the ZIP has only their OIDs.`,
    strict: false,
  }
}

function missingIndex({ target, referring, columns, bytes, statement }: MissingIndex): Question {
  return {
    text: `No index of ${nameOf(referring)} (${formatBytes(bytes)}) begins with ${columns.join(', ')}. PostgreSQL scans the whole table for each row of ${nameOf(target)} that a restore deletes. To create an index: ${statement}`,
    strict: false,
  }
}

/** Quoted for a shell. */
function flagOf({ schema, table }: MappedTable, says: TableRule['says']): string {
  return `--tenant-rule '${formatTableRule({ schema, table, says }).replaceAll("'", "'\\''")}'`
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll('_', '')
}
