// Compares staged rows with the rows in the tables after all writes.
import { fromOf } from '../ownership-sql.ts'
import { type Compared, compareStaged } from './compare-staged.ts'
import { foreignRows, otherContent, requireAgreement } from './read-back.ts'
import type { RestoreContext } from './restore-context.ts'
import { countOf, ours } from './statements.ts'

/** Checks that the tenant has every staged row and, after `replace`, no other row. Throws Failure. */
export async function checkStaged(context: RestoreContext, { match, staged }: Compared): Promise<void> {
  const { table, key, zipped } = match
  const isReplaced = context.request.mode === 'replace'
  const countAll = (): Promise<number> =>
    countOf(context.client, `SELECT pg_catalog.count(*) AS n FROM ${fromOf(table)} AS t WHERE ${ours(context, table)}`)
  if (staged === undefined) {
    if (isReplaced && (await countAll()) > 0) throw otherContent(match, context)
    return
  }
  if (key.length === 0) {
    const { fresh, others, same } = await compareStaged(context, match, staged, { others: true })
    if (same + others < zipped.rows) throw foreignRows(match, context, zipped.rows - same - others)
    if (fresh + others > 0) throw otherContent(match, context)
  } else {
    const { same, foreignSame, foreignDifferent } = await compareStaged(context, match, staged, { others: false })
    if (foreignSame + foreignDifferent > 0) throw foreignRows(match, context, foreignSame + foreignDifferent)
    if (same !== zipped.rows) throw otherContent(match, context)
    if (isReplaced && (await countAll()) !== zipped.rows) throw otherContent(match, context)
  }
  await requireAgreement(context, match)
}
