// Compares staged rows with the rows in the tables after all writes.
import { fromOf } from '../ownership-sql.ts'
import { type Compared, compareStaged } from './compare-staged.ts'
import { foreignRows, otherContent, requireAgreement } from './read-back.ts'
import type { Restoring } from './setting.ts'
import { countOf, ours } from './statements.ts'

/** Checks that the tenant has every staged row and, after `replace`, no other row. Throws Failure. */
export async function checkStaged(restoring: Restoring, { match, staged }: Compared): Promise<void> {
  const { table, key, zipped } = match
  const isReplaced = restoring.request.mode === 'replace'
  const countAll = (): Promise<number> =>
    countOf(restoring.client, `SELECT pg_catalog.count(*) AS n FROM ${fromOf(table)} AS t WHERE ${ours(restoring, table)}`)
  if (staged === undefined) {
    if (isReplaced && (await countAll()) > 0) throw otherContent(match, restoring)
    return
  }
  if (key.length === 0) {
    const { fresh, others, same } = await compareStaged(restoring, match, staged, { others: true })
    if (same + others < zipped.rows) throw foreignRows(match, restoring, zipped.rows - same - others)
    if (fresh + others > 0) throw otherContent(match, restoring)
  } else {
    const { same, foreignSame, foreignDifferent } = await compareStaged(restoring, match, staged, { others: false })
    if (foreignSame + foreignDifferent > 0) throw foreignRows(match, restoring, foreignSame + foreignDifferent)
    if (same !== zipped.rows) throw otherContent(match, restoring)
    if (isReplaced && (await countAll()) !== zipped.rows) throw otherContent(match, restoring)
  }
  await requireAgreement(restoring, match)
}
