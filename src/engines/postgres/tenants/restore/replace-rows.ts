// Mode `replace`: writes only the rows that differ, or all rows if that fails.
import pg from 'pg'
import { Failure } from '../../../../domain/failures/failure.ts'
import { nameOf } from '../../../../domain/tenants/map.ts'
import { checkStaged } from './check-staged.ts'
import type { Compared, Comparison } from './compare-staged.ts'
import { withDefaultPath } from './default-path.ts'
import { deleteInSteps } from './delete-in-steps.ts'
import { deleteTenant } from './delete-tenant.ts'
import { changeRow, keptRow } from './kept-row.ts'
import { droppedRows } from './read-back.ts'
import { groupsOf, type Matched, type RestoreContext } from './restore-context.ts'
import {
  columnList,
  deleteStatement,
  insertStatement,
  missingRows,
  ours,
  sameKey,
  together,
  updateStatement,
} from './statements.ts'
import { warnOfIndexes } from './warn-of-indexes.ts'

/**
 * Returns messages for the output. The caller verifies the result. If writing the differences fails, all rows are
 * written.
 */
export async function replaceRows(context: RestoreContext, all: readonly Compared[]): Promise<string[]> {
  const { client, ledger, request } = context
  await warnOfIndexes(
    context,
    all.map(({ match, comparison }) => ({ match, deleted: comparison.others })),
  )
  const forget = await ledger.mark()
  await client.query('SAVEPOINT differences')
  try {
    await request.phase('Writing the rows that differ', async () => {
      await writeDifferences(context, all)
      await withDefaultPath(client, () => client.query('SET CONSTRAINTS ALL IMMEDIATE'))
      await ledger.requireNothingElse()
      for (const each of all.filter(differs)) await checkStaged(context, each)
    })
    await client.query('RELEASE SAVEPOINT differences')
    return []
  } catch (error) {
    if (!isOfRows(error)) throw error
    request.signal.throwIfAborted()
    await client.query('ROLLBACK TO SAVEPOINT differences')
    await forget()
    await warnOfIndexes(
      context,
      all.map(({ match, comparison: { others, same, different } }) => ({ match, deleted: others + same + different })),
    )
    await replaceAll(context, all)
    const why = (error instanceof Error ? error.message : String(error)).split('\n')[0]
    return [
      `All rows of the tenant were deleted and inserted again, because writing only the rows that differ failed: ${why}`,
    ]
  }
}

function differs({ comparison: { fresh, different, others } }: Compared): boolean {
  return fresh + different + others > 0
}

/**
 * Whether a constraint, trigger, rule or column privilege caused the error, and not a lost connection, deadlock or
 * lock.
 */
function isOfRows(error: unknown): boolean {
  if (error instanceof Failure) return true
  return error instanceof pg.DatabaseError && /^(0A|23|27|42|44|P0)/.test(error.code ?? '')
}

/**
 * Orders the writes: inserts, updates and the deletes of `deletedAtOnce` are one statement, so that foreign keys are
 * checked after all of them. Other rows are deleted afterwards, referring rows first. Unique values are freed before
 * they are reused, except if rows exchange them.
 */
async function writeDifferences(context: RestoreContext, all: readonly Compared[]): Promise<void> {
  const { client, ledger } = context
  const atOnce = deletedAtOnce(context, all)
  const deletes = all.filter(({ match, comparison }) => atOnce.has(match) && leaves(match, comparison))
  const updates = all.filter(({ match, comparison }) => comparison.different > 0 && match.changeable.length > 0)
  const inserts = all.filter(({ staged, match, comparison }) => staged !== undefined && comes(match, comparison))
  const statements = [
    ...deletes.map(
      (each) => ({ each, kind: 'deleted', sql: deleteStatement(each.match.table, unwanted(context, each)) }) as const,
    ),
    ...updates.map((each) => {
      const sql = updateStatement(each.match, each.staged ?? '', ours(context, each.match.table))
      return { each, kind: 'updated', sql } as const
    }),
    ...inserts.map(({ match, staged = '', ...each }) => {
      const from = match.key.length === 0 ? `FROM ${staged} AS s` : missingRows(match, staged)
      return {
        each: { match, staged, ...each },
        kind: 'inserted',
        sql: insertStatement(match, `${columnList(match.columns, 's')} ${from}`),
      } as const
    }),
  ]
  const counts = await together(
    client,
    statements.map(({ sql }) => sql),
  )
  for (const [at, { each, kind }] of statements.entries()) ledger.add(each.match.table, { [kind]: counts[at] ?? 0 })
  for (const group of groupsOf(all.map(({ match }) => match)).reverse()) {
    for (const match of group) {
      const each = all.find((one) => one.match === match)
      if (each && each.comparison.others > 0 && !atOnce.has(match)) {
        await deleteInSteps(context, match, unwanted(context, each), each.comparison.others)
      }
    }
  }
}

/**
 * Whether rows of the table are deleted. In a table without a key, all rows are deleted and those of the backup
 * inserted.
 */
function leaves({ key }: Matched, { others, fresh, same }: Comparison): boolean {
  return others > 0 || (key.length === 0 && fresh > 0 && same > 0)
}

function comes({ key }: Matched, { others, fresh }: Comparison): boolean {
  return fresh > 0 || (key.length === 0 && others > 0)
}

function unwanted(context: RestoreContext, { match, staged }: Compared): string {
  const mine = ours(context, match.table)
  if (staged === undefined || match.key.length === 0) return mine
  return `${mine} AND NOT EXISTS (SELECT FROM ${staged} AS s WHERE ${sameKey(match.key)})`
}

/**
 * Returns tables whose rows must be deleted in the same statement as the writes: tables without a key or in a cycle of
 * references, tables that may contain a unique value of a new row, and tables that refer to them.
 */
function deletedAtOnce({ matches }: RestoreContext, all: readonly Compared[]): ReadonlySet<Matched> {
  const groups = groupsOf(matches)
  const circles = new Set(groups.filter((group) => group.length > 1).flat())
  const found = new Set(
    all.flatMap(({ match, comparison }) => {
      const { table, key } = match
      const { fresh, different } = comparison
      if (!leaves(match, comparison)) return []
      const isSelfReferring = table.foreignKeys.some(({ target }) => nameOf(target) === nameOf(table))
      const mayClash = fresh + different > 0 && table.hasMoreUnique !== false
      return key.length === 0 || isSelfReferring || mayClash || circles.has(match) ? [match] : []
    }),
  )
  for (let before = -1; before !== found.size; ) {
    before = found.size
    const names = new Set([...found].map(({ table }) => nameOf(table)))
    for (const match of matches) {
      if (match.table.foreignKeys.some(({ target }) => names.has(nameOf(target)))) found.add(match)
    }
  }
  return found
}

/** Deletes all rows of the tenant and inserts those of the backup. */
async function replaceAll(context: RestoreContext, all: readonly Compared[]): Promise<void> {
  const { client, request, ledger } = context
  const kept = await keptRow(context)
  await request.phase('Deleting the rows of the tenant', () => deleteTenant(context, kept))
  const byMatch = new Map(all.map((each) => [each.match, each]))
  await request.phase('Inserting the rows of the backup', async () => {
    for (const group of groupsOf(context.matches)) {
      request.signal.throwIfAborted()
      const filled = group.flatMap((match) => {
        const staged = byMatch.get(match)?.staged
        return staged === undefined || match === kept ? [] : [{ match, staged }]
      })
      const counts = await together(
        client,
        filled.map(({ match, staged }) =>
          insertStatement(match, `${columnList(match.columns, 's')} FROM ${staged} AS s`),
        ),
      )
      for (const [at, { match }] of filled.entries()) {
        const inserted = counts[at] ?? 0
        ledger.add(match.table, { inserted })
        request.progress({ what: `${nameOf(match.table)}: inserted`, rows: inserted, of: match.zipped.rows })
        if (inserted !== match.zipped.rows) throw droppedRows(match, inserted)
      }
      const own = group.find((match) => match === kept)
      const staged = own && byMatch.get(own)?.staged
      if (own && staged !== undefined) await changeRow(context, own, staged)
    }
  })
}
