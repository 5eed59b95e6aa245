// What stands in the database now, against what was to stand there.
import { Failure } from '../../../../domain/failures/failure.ts'
import { type MappedTable, nameOf } from '../../../../domain/tenants/map.ts'
import { copyOut } from '../dump/copy-out.ts'
import { pathsDisagree } from '../dump/pass.ts'
import { fromOf } from '../ownership-sql.ts'
import { id, text } from '../quoting.ts'
import { CsvSum } from '../zip-reading/csv-sum.ts'
import type { CopiedIn } from './copy-in.ts'
import type { Matched, RestoreContext } from './setting.ts'
import { copyOutStatement, countOf, ours } from './statements.ts'

/** Reads all rows of the tenant in a table; they must be those of the CSV. Throws Failure. */
export async function requireSameRows(context: RestoreContext, match: Matched, copied: CopiedIn): Promise<void> {
  const belongs = ours(context, match.table)
  const agreed = byAllPaths(context, match.table)
  if (agreed !== undefined) {
    // Mostly all rows agree, and one reading shows that and their content. Else the rest finds out why not.
    const sum = await sumOf(context, match, agreed.implies ? agreed.condition : `${belongs} AND ${agreed.condition}`)
    if (sum.rows === match.zipped.rows && sum.digest() === copied.sum) return
  }
  const sum = await sumOf(context, match, belongs)
  if (sum.rows < match.zipped.rows) throw foreignRows(match, context, match.zipped.rows - sum.rows)
  if (sum.rows > match.zipped.rows || sum.digest() !== copied.sum) throw otherContent(match, context)
  await requireAgreement(context, match)
}

async function sumOf({ client }: RestoreContext, match: Matched, where: string): Promise<CsvSum> {
  const sum = new CsvSum()
  for await (const chunk of copyOut(client, copyOutStatement(match, where))) sum.push(chunk)
  return sum
}

/** Where several paths lead from a table to tenants, none may lead to another than this one; to nobody they may. */
export async function requireAgreement(context: RestoreContext, match: Matched): Promise<void> {
  const wrong = await astray(context, match)
  if (wrong > 0) throw foreignRows(match, context, wrong)
}

/** The same before anything is written: what is there and may be another's is neither deleted nor changed. */
export async function requireAgreementBefore(context: RestoreContext): Promise<void> {
  for (const match of context.matches) {
    const wrong = await astray(context, match)
    if (wrong > 0) throw pathsDisagree(match.table, wrong)
  }
}

/** How many rows are the tenant's by one path and another's by another. */
async function astray(context: RestoreContext, { table }: Matched): Promise<number> {
  const { client, sql, tenant } = context
  const agreed = byAllPaths(context, table)
  if (agreed === undefined) return 0
  const belongs = ours(context, table)
  const some = `SELECT pg_catalog.count(*) AS n FROM ${fromOf(table)} AS t WHERE ${belongs} AND (${agreed.condition}) IS NOT TRUE`
  if ((await countOf(client, some)) === 0) return 0
  // Some of these may lead to nobody; finding out takes longer.
  const { from, key } = sql.keyed(table)
  return countOf(
    client,
    `SELECT pg_catalog.count(*) AS n ${from} WHERE ${belongs} AND ${key} IS DISTINCT FROM ${text(tenant)}`,
  )
}

interface Agreement {
  /** Each path of `t` leads to the tenant or says nothing. */
  readonly condition: string
  /** Such rows are the tenant's, for some path always says something. */
  readonly implies: boolean
}

/** Undefined for tables with fewer than two paths. */
function byAllPaths({ map, sql, tenant }: RestoreContext, { ownership }: MappedTable): Agreement | undefined {
  if (ownership.kind !== 'paths' || ownership.paths.length < 2) return undefined
  const paths = ownership.paths.map(({ foreignKey: { columns, target, targetColumns }, nullable }) => {
    const parent = map.tables.find((table) => nameOf(table) === nameOf(target))
    if (!parent) throw new Error(`${nameOf(target)} is not in the map`)
    // Looked up by the parent's key under OR, where IN would go through all of a large tenant's rows again and again.
    const on = columns.map((name, at) => `p.${id(targetColumns[at] ?? '')} = t.${id(name)}`).join(' AND ')
    const leads = `EXISTS (SELECT FROM ${fromOf(parent)} AS p WHERE ${on} AND ${sql.belongs(parent, tenant, 'p')})`
    const silent = columns.map((name) => `t.${id(name)} IS NULL`).join(' OR ')
    return nullable ? `(${silent} OR ${leads})` : leads
  })
  return { condition: paths.join(' AND '), implies: ownership.paths.some(({ nullable }) => !nullable) }
}

export function foreignRows({ table }: Matched, { original }: RestoreContext, rows: number): Failure {
  return new Failure(
    'tenant/foreign-rows',
    `the ZIP of tenant ${JSON.stringify(original)} contains rows of another tenant: ${rows} of ${nameOf(table)}`,
    {
      hint: 'Nothing was changed. Do not use this ZIP; use another copy of the backup, or an older one.',
    },
  )
}

export function otherContent({ table }: Matched, { tenant }: RestoreContext): Failure {
  return new Failure(
    'tenant/rows-differ',
    `rows of tenant ${JSON.stringify(tenant)} in ${nameOf(table)} differ from the backup, so the restore was rolled back`,
    {
      hint: 'A trigger changes rows (use --triggers off), or the tenant was in use (run again when it is not).',
    },
  )
}

export function droppedRows({ table, zipped }: Matched, rows: number): Failure {
  return new Failure(
    'tenant/rows-differ',
    `${nameOf(table)} accepted ${rows} of ${zipped.rows} rows, so the restore was rolled back`,
    {
      hint: 'A trigger or rule rejects rows. --triggers off disables triggers.',
    },
  )
}
