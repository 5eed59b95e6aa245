// The careful way to restore: rows are staged in temporary tables, compared with existing rows, then written.
import { Failure } from '../../../../domain/failures/failure.ts'
import { nameOf } from '../../../../domain/tenants/map.ts'
import { csvOptions } from '../dump/columns.ts'
import { copyOut } from '../dump/copy-out.ts'
import { CsvSum } from '../zip-reading/csv-sum.ts'
import { checkStaged } from './check-staged.ts'
import { type Compared, compareStaged, explainConflict, refuseConflicts } from './compare-staged.ts'
import type { CopiedIn } from './copy-in.ts'
import { changeRow } from './kept-row.ts'
import { giveOtherId, requireOneTenant } from './other-id.ts'
import { droppedRows, foreignRows } from './read-back.ts'
import { replaceRows } from './replace-rows.ts'
import { changeOf, groupsOf, type Matched, type RestoreContext, type Written } from './restore-context.ts'
import { samplesOf } from './samples.ts'
import { stage } from './stage.ts'
import { columnList, insertStatement, missingRows, together } from './statements.ts'

export async function restoreStaged(context: RestoreContext): Promise<Written> {
  const { request, matches } = context
  const staged = await request.phase('Reading the ZIP', () => stageAll(context))
  await requireOneTenant(context, staged)
  if (request.as !== undefined) await request.phase('Changing the tenant ID', () => giveOtherId(context, staged))
  const compared = await request.phase('Comparing with the current rows', async () => {
    const all: Compared[] = []
    for (const match of matches) {
      const each = await compare(context, match, staged.get(match))
      all.push(each)
      request.progress({ what: `${nameOf(match.table)}: compared`, rows: match.zipped.rows })
    }
    await requirePossible(context, all)
    return all
  })
  const notes = await writeAll(context, compared)
  return {
    changes: compared.map(({ change }) => change),
    notes,
    check: async () => {
      for (const each of compared) await checkStaged(context, each)
    },
  }
}

async function writeAll(context: RestoreContext, all: readonly Compared[]): Promise<string[]> {
  if (context.request.mode === 'replace') return replaceRows(context, all)
  await context.request.phase('Writing rows', () => write(context, all))
  return []
}

async function stageAll(context: RestoreContext): Promise<ReadonlyMap<Matched, string>> {
  const { contents, request } = context
  const staged = new Map<Matched, string>()
  for (const match of context.matches) {
    if (match.zipped.rows === 0) continue
    const { excel } = request.zip.tables
    const { name, result } = await stage(context, { contents, excel }, match)
    if (!excel) await requireSameStaged(context, match, name, result)
    staged.set(match, name)
  }
  return staged
}

/** Throws if the type of a column has changed since the backup and staging changed values, for example cut them. */
async function requireSameStaged(
  { client }: RestoreContext,
  match: Matched,
  name: string,
  { sum: expected }: CopiedIn,
): Promise<void> {
  const types = new Map(match.table.columns.map((column) => [column.name, column.type]))
  const changed = match.zipped.columns.filter((column) => types.get(column.name) !== column.type)
  if (changed.length === 0) return
  const sum = new CsvSum()
  const options = csvOptions(match.columns)
  for await (const chunk of copyOut(
    client,
    `COPY (SELECT ${columnList(match.columns)} FROM ${name}) TO STDOUT (${options})`,
  ))
    sum.push(chunk)
  if (sum.digest() === expected) return
  const named = changed.map((column) => `${column.name} (${column.type} in the backup, now ${types.get(column.name)})`)
  throw new Failure(
    'tenant/schema-changed',
    `${nameOf(match.table)}: values of the backup do not match the current types of its columns: ${named.join(', ')}`,
    {
      hint: 'Restore into a database with the schema of the backup (schema.dump.zst), or restore the types of the columns.',
    },
  )
}

async function compare(context: RestoreContext, match: Matched, staged: string | undefined): Promise<Compared> {
  const { mode, dryRun } = context.request
  const replaces = mode === 'replace'
  const comparison = await compareStaged(context, match, staged, { others: replaces })
  const { fresh, same, different, others } = comparison
  const counts = replaces
    ? { inserted: fresh, updated: different, deleted: others, unchanged: same }
    : { inserted: fresh, updated: different, deleted: 0, unchanged: same }
  const samples = dryRun ? await samplesOf(context, match, staged) : undefined
  return { match, staged, comparison, change: changeOf(match, counts, samples) }
}

/** Throws a failure that lists all conflicts, before anything is written. */
async function requirePossible(context: RestoreContext, all: readonly Compared[]): Promise<void> {
  const { mode, as, remapKeys } = context.request
  const conflicts: string[] = []
  for (const { match, staged, comparison } of all) {
    if (staged === undefined) continue
    const { foreignSame, foreignDifferent, different, same, others, fresh } = comparison
    // The original of a copy has the same rows, which do not belong to the copy.
    const isCopy = context.tenant !== context.original
    if (foreignSame > 0 && !isCopy) throw foreignRows(match, context, foreignSame)
    const isBag = match.key.length === 0
    const stands = isBag
      ? mode !== 'replace' && same + others > 0 && fresh + others > 0
      : foreignSame + foreignDifferent > 0 || (mode === 'insert' && different > 0)
    if (stands) conflicts.push(await explainConflict(context, match, staged, comparison))
  }
  const hint =
    as !== undefined && !remapKeys
      ? 'The original is in this database too. Give the copy new keys with --remap-keys, or restore into another database.'
      : mode === 'insert'
        ? 'Nothing was changed. --mode merge updates them by primary key; --mode replace also deletes rows of the tenant that are not in the backup. Use --dry-run to see the changes.'
        : 'Nothing was changed. A restore never modifies rows of other tenants. Find out why they have these keys.'
  const failure = refuseConflicts(conflicts, hint)
  if (failure) throw failure
}

/** Writes the rows in mode `insert` or `merge`, which delete none. */
async function write(context: RestoreContext, all: readonly Compared[]): Promise<void> {
  const { client, request, ledger } = context
  const byMatch = new Map(all.map((each) => [each.match, each]))
  for (const group of groupsOf(context.matches)) {
    request.signal.throwIfAborted()
    const filled = group.flatMap((match) => {
      const each = byMatch.get(match)
      return each?.staged === undefined ? [] : [{ ...each, staged: each.staged }]
    })
    const wanted = filled.filter(({ comparison }) => comparison.fresh > 0)
    const counts = await together(
      client,
      wanted.map(({ match, staged }) => {
        const from = match.key.length === 0 ? `FROM ${staged} AS s` : missingRows(match, staged)
        return insertStatement(match, `${columnList(match.columns, 's')} ${from}`)
      }),
    )
    for (const [at, { match, comparison }] of wanted.entries()) {
      const inserted = counts[at] ?? 0
      ledger.add(match.table, { inserted })
      request.progress({ what: `${nameOf(match.table)}: inserted`, rows: inserted, of: comparison.fresh })
      if (inserted !== comparison.fresh) throw droppedRows(match, inserted)
    }
    for (const { match, staged, comparison } of filled) {
      if (comparison.different > 0 && request.mode === 'merge') await changeRow(context, match, staged)
    }
  }
}
