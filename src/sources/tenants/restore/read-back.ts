// What stands in the database now, against what was to stand there.
import { Failure } from '../../../domain/failure.ts'
import { nameOf } from '../../../domain/tenants/map.ts'
import { copyOut } from '../dump/copy-out.ts'
import { fromOf } from '../ownership-sql.ts'
import { id, text } from '../quoting.ts'
import { CsvSum } from '../zip-reading/csv-sum.ts'
import type { CopiedIn } from './copy-in.ts'
import type { Matched, Restoring } from './setting.ts'
import { copyOutStatement, countOf, ours } from './statements.ts'

/** Reads all rows of the tenant in a table; they must be those of the CSV. Throws Failure. */
export async function requireSameRows(restoring: Restoring, match: Matched, copied: CopiedIn): Promise<void> {
  const sum = new CsvSum()
  for await (const chunk of copyOut(restoring.client, copyOutStatement(match, ours(restoring, match.table)))) sum.push(chunk)
  if (sum.rows < match.zipped.rows) throw foreignRows(match, restoring, match.zipped.rows - sum.rows)
  if (sum.rows > match.zipped.rows || sum.digest() !== copied.sum) throw otherContent(match, restoring)
  await requireAgreement(restoring, match)
}

/** Where several paths lead from a table to tenants, all must lead to this one. */
export async function requireAgreement(restoring: Restoring, match: Matched): Promise<void> {
  const { client, sql, map, tenant } = restoring
  const { ownership } = match.table
  if (ownership.kind !== 'paths' || ownership.paths.length < 2) return
  const astray = ownership.paths.map(({ foreignKey: { columns, target, targetColumns } }) => {
    const parent = map.tables.find((table) => nameOf(table) === nameOf(target))
    if (!parent) throw new Error(`${nameOf(target)} is not in the map`)
    const keys = columns.map((name) => `t.${id(name)}`).join(', ')
    const parents = targetColumns.map((name) => `p.${id(name)}`).join(', ')
    return `(${keys}) NOT IN (SELECT ${parents} FROM ${fromOf(parent)} AS p WHERE ${sql.belongs(parent, tenant, 'p')})`
  })
  const belongs = ours(restoring, match.table)
  const some = `SELECT count(*) AS n FROM ${fromOf(match.table)} AS t WHERE ${belongs} AND (${astray.join(' OR ')})`
  if ((await countOf(client, some)) === 0) return
  // They may lead to rows of nobody, which is fine; finding out takes longer.
  const { from, key } = sql.keyed(match.table)
  const wrong = await countOf(client, `SELECT count(*) AS n ${from} WHERE ${belongs} AND ${key} IS DISTINCT FROM ${text(tenant)}`)
  if (wrong > 0) throw foreignRows(match, restoring, wrong)
}

export function foreignRows({ table }: Matched, { original }: Restoring, rows: number): Failure {
  return new Failure(
    'integrity',
    `the ZIP of tenant ${JSON.stringify(original)} holds rows of another tenant: ${rows} of ${nameOf(table)}`,
    {
      hint: 'Nothing was changed. Do not trust this ZIP: take another copy of the backup, or an older one.',
    },
  )
}

export function otherContent({ table }: Matched, { tenant }: Restoring): Failure {
  return new Failure(
    'refused',
    `what ${nameOf(table)} holds of tenant ${JSON.stringify(tenant)} after restoring is not what the backup holds, so all was undone`,
    {
      hint: 'A trigger changes rows as they are written (--triggers off keeps it quiet), or the tenant was being used meanwhile: then stop that and run again.',
    },
  )
}

export function droppedRows({ table, zipped }: Matched, rows: number): Failure {
  return new Failure('refused', `${nameOf(table)} took ${rows} of ${zipped.rows} rows, so all was undone`, {
    hint: 'A trigger or rule keeps rows away; --triggers off keeps triggers quiet.',
  })
}
