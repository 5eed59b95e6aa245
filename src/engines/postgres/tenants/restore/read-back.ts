// Compares the rows that are now in the database with the backup.
import { Failure } from '../../../../domain/failures/failure.ts'
import { type MappedTable, nameOf } from '../../../../domain/tenants/map.ts'
import { copyOut } from '../dump/copy-out.ts'
import { pathsDisagree } from '../dump/pass.ts'
import { fromOf } from '../ownership-sql.ts'
import { id, text } from '../quoting.ts'
import { CsvSum } from '../zip-reading/csv-sum.ts'
import type { CopiedIn } from './copy-in.ts'
import type { Matched, RestoreContext } from './restore-context.ts'
import { copyOutStatement, countOf, ours } from './statements.ts'

/** Reads all rows of the tenant in a table. Throws Failure if they are not those of the CSV. */
export async function requireSameRows(context: RestoreContext, match: Matched, copied: CopiedIn): Promise<void> {
  const belongs = ours(context, match.table)
  const agreed = byAllPaths(context, match.table)
  if (agreed !== undefined) {
    // Usually the paths of all rows agree, and one read proves both that and the content. Else the code below finds the
    // cause.
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

/** Throws Failure if a row of the tenant has a path to another tenant. A path to no tenant is allowed. */
export async function requireAgreement(context: RestoreContext, match: Matched): Promise<void> {
  const wrong = await countDisagreeing(context, match)
  if (wrong > 0) throw foreignRows(match, context, wrong)
}

/** The same before anything is written: rows that may belong to another tenant are neither deleted nor changed. */
export async function requireAgreementBefore(context: RestoreContext): Promise<void> {
  for (const match of context.matches) {
    const wrong = await countDisagreeing(context, match)
    if (wrong > 0) throw pathsDisagree(match.table, wrong)
  }
}

/** Number of rows that belong to the tenant by one path and to another tenant by another path. */
async function countDisagreeing(context: RestoreContext, { table }: Matched): Promise<number> {
  const { client, sql, tenant } = context
  const agreed = byAllPaths(context, table)
  if (agreed === undefined) return 0
  const belongs = ours(context, table)
  const some = `SELECT pg_catalog.count(*) AS n FROM ${fromOf(table)} AS t WHERE ${belongs} AND (${agreed.condition}) IS NOT TRUE`
  if ((await countOf(client, some)) === 0) return 0
  // Some of these paths may lead to no tenant; this slower query decides.
  const { from, key } = sql.keyed(table)
  return countOf(
    client,
    `SELECT pg_catalog.count(*) AS n ${from} WHERE ${belongs} AND ${key} IS DISTINCT FROM ${text(tenant)}`,
  )
}

interface Agreement {
  /** Each path of `t` leads to the tenant or is NULL. */
  readonly condition: string
  /** Rows that meet the condition belong to the tenant, because some path is never NULL. */
  readonly implies: boolean
}

/** Undefined for tables with fewer than two paths. */
function byAllPaths({ map, sql, tenant }: RestoreContext, { ownership }: MappedTable): Agreement | undefined {
  if (ownership.kind !== 'paths' || ownership.paths.length < 2) return undefined
  const paths = ownership.paths.map(({ foreignKey: { columns, target, targetColumns }, nullable }) => {
    const parent = map.tables.find((table) => nameOf(table) === nameOf(target))
    if (!parent) throw new Error(`${nameOf(target)} is not in the map`)
    // EXISTS looks up the parent by its key, also under OR. IN would scan all of a large tenant's rows repeatedly.
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
