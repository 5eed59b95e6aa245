// The careful way: rows into temporary tables first, compared with what is there, then written set by set.
import { Failure } from '../../../domain/failure.ts'
import { nameOf } from '../../../domain/tenants/map.ts'
import { csvOptions } from '../dump/columns.ts'
import { copyOut } from '../dump/copy-out.ts'
import { fromOf } from '../ownership-sql.ts'
import { CsvSum } from '../zip-reading/csv-sum.ts'
import { type Comparison, compareStaged, explainConflict, refuseConflicts } from './compare-staged.ts'
import type { CopiedIn } from './copy-in.ts'
import { deleteTenant } from './delete-tenant.ts'
import { changeRow, keptRow } from './kept-row.ts'
import { giveOtherId, requireOneTenant } from './other-id.ts'
import { droppedRows, foreignRows, otherContent, requireAgreement } from './read-back.ts'
import { samplesOf } from './samples.ts'
import { changeOf, groupsOf, type Matched, type Restoring, type Written } from './setting.ts'
import { stage } from './stage.ts'
import { columnList, countOf, insertStatement, missingRows, ours, together } from './statements.ts'

interface Compared {
  readonly match: Matched
  /** Quoted name of the temporary table; undefined where the backup has no rows. */
  readonly staged: string | undefined
  readonly comparison: Comparison
  readonly change: Written['changes'][number]
}

export async function restoreStaged(restoring: Restoring): Promise<Written> {
  const { request, matches } = restoring
  const staged = await request.phase('Reading the ZIP', () => stageAll(restoring))
  await requireOneTenant(restoring, staged)
  if (request.as !== undefined) await request.phase('Changing the tenant ID', () => giveOtherId(restoring, staged))
  const compared = await request.phase('Comparing with the current rows', async () => {
    const all: Compared[] = []
    for (const match of matches) all.push(await compare(restoring, match, staged.get(match)))
    await requirePossible(restoring, all)
    return all
  })
  const deleted = await request.phase('Writing rows', () => write(restoring, compared))
  const isReplaced = request.mode === 'replace' && !request.dryRun
  return {
    changes: isReplaced
      ? matches.map((match) => changeOf(match, { inserted: match.zipped.rows, deleted: deleted.get(nameOf(match.table)) ?? 0 }))
      : compared.map(({ change }) => change),
    check: async () => {
      for (const each of compared) await checkStaged(restoring, each)
    },
  }
}

async function stageAll(restoring: Restoring): Promise<ReadonlyMap<Matched, string>> {
  const { contents, request } = restoring
  const staged = new Map<Matched, string>()
  for (const match of restoring.matches) {
    if (match.zipped.rows === 0) continue
    const { excel } = request.zip.tables
    const { name, result } = await stage(restoring, { contents, excel }, match)
    if (!excel) await requireSameStaged(restoring, match, name, result)
    staged.set(match, name)
  }
  return staged
}

/** A column may have become narrower since the backup: values that no longer fit would come back cut. */
async function requireSameStaged(
  { client }: Restoring,
  match: Matched,
  name: string,
  { sum: expected }: CopiedIn,
): Promise<void> {
  const types = new Map(match.table.columns.map((column) => [column.name, column.type]))
  const changed = match.zipped.columns.filter((column) => types.get(column.name) !== column.type)
  if (changed.length === 0) return
  const sum = new CsvSum()
  const options = csvOptions(match.columns)
  for await (const chunk of copyOut(client, `COPY (SELECT ${columnList(match.columns)} FROM ${name}) TO STDOUT (${options})`))
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

async function compare(restoring: Restoring, match: Matched, staged: string | undefined): Promise<Compared> {
  const { mode, dryRun } = restoring.request
  const replaces = mode === 'replace'
  const comparison = await compareStaged(restoring, match, staged, { others: replaces })
  const { fresh, same, different, others } = comparison
  const counts = replaces
    ? { inserted: fresh, changed: different, deleted: others, unchanged: same }
    : { inserted: fresh, changed: different, deleted: 0, unchanged: same }
  const samples = dryRun ? await samplesOf(restoring, match, staged) : undefined
  return { match, staged, comparison, change: changeOf(match, counts, samples) }
}

/** All that stands against it is said at once, before anything is written. */
async function requirePossible(restoring: Restoring, all: readonly Compared[]): Promise<void> {
  const { mode, as, remapKeys } = restoring.request
  const conflicts: string[] = []
  for (const { match, staged, comparison } of all) {
    if (staged === undefined) continue
    const { foreignSame, foreignDifferent, different, same, others, fresh } = comparison
    // The original of a copy has the same rows, and they are not the copy's.
    const isCopy = restoring.tenant !== restoring.original
    if (foreignSame > 0 && !isCopy) throw foreignRows(match, restoring, foreignSame)
    const isBag = match.key.length === 0
    const stands = isBag
      ? mode !== 'replace' && same + others > 0 && fresh + others > 0
      : foreignSame + foreignDifferent > 0 || (mode === 'insert' && different > 0)
    if (stands) conflicts.push(await explainConflict(restoring, match, staged, comparison))
  }
  const hint =
    as !== undefined && !remapKeys
      ? 'The original is in this database too. Give the copy new keys with --remap-keys, or restore into another database.'
      : mode === 'insert'
        ? 'Nothing was changed. --mode replace deletes the rows of the tenant first; --mode merge updates them by primary key. Use --dry-run to see the changes.'
        : 'Nothing was changed. A restore never modifies rows of other tenants. Find out why they have these keys.'
  const failure = refuseConflicts(conflicts, hint)
  if (failure) throw failure
}

/** Gives how many rows `replace` deleted, by table. */
async function write(restoring: Restoring, all: readonly Compared[]): Promise<ReadonlyMap<string, number>> {
  const { client, request, ledger } = restoring
  const kept = await keptRow(restoring)
  const deleted = request.mode === 'replace' ? await deleteTenant(restoring, kept) : new Map<string, number>()
  const byMatch = new Map(all.map((each) => [each.match, each]))
  for (const group of groupsOf(restoring.matches)) {
    request.signal.throwIfAborted()
    const filled = group.flatMap((match) => {
      const each = byMatch.get(match)
      return each?.staged === undefined ? [] : [{ ...each, staged: each.staged }]
    })
    const isWanted = ({ match, comparison }: Compared): boolean =>
      match !== kept && (request.mode === 'replace' || comparison.fresh > 0)
    const wanted = filled.filter(isWanted)
    const counts = await together(
      client,
      wanted.map(({ match, staged }) =>
        insertStatement(match, `${columnList(match.columns, 's')} ${source(match, staged, request.mode)}`),
      ),
    )
    for (const [at, { match, comparison }] of wanted.entries()) {
      const inserted = counts[at] ?? 0
      ledger.add(match.table, { inserted })
      const expected = request.mode === 'replace' ? match.zipped.rows : comparison.fresh
      if (inserted !== expected) throw droppedRows(match, inserted)
    }
    for (const { match, staged, comparison } of filled) {
      const isChanged = comparison.different > 0 && (request.mode === 'merge' || match === kept)
      if (isChanged) await changeRow(restoring, match, staged)
    }
  }
  return deleted
}

/** FROM … of the rows to insert. */
function source(match: Matched, staged: string, mode: string): string {
  return mode === 'replace' || match.key.length === 0 ? `FROM ${staged} AS s` : missingRows(match, staged)
}

/** Every staged row stands there, as the tenant's; after `replace` nothing else does. */
async function checkStaged(restoring: Restoring, { match, staged }: Compared): Promise<void> {
  if (staged === undefined) return
  const { table, key, zipped } = match
  if (key.length === 0) {
    const { fresh, others, same } = await compareStaged(restoring, match, staged, { others: true })
    if (same + others < zipped.rows) throw foreignRows(match, restoring, zipped.rows - same - others)
    if (fresh + others > 0) throw otherContent(match, restoring)
  } else {
    const { same, foreignSame, foreignDifferent } = await compareStaged(restoring, match, staged, {
      others: false,
    })
    if (foreignSame + foreignDifferent > 0) throw foreignRows(match, restoring, foreignSame + foreignDifferent)
    if (same !== zipped.rows) throw otherContent(match, restoring)
    if (restoring.request.mode === 'replace') {
      const all = await countOf(
        restoring.client,
        `SELECT pg_catalog.count(*) AS n FROM ${fromOf(table)} AS t WHERE ${ours(restoring, table)}`,
      )
      if (all !== zipped.rows) throw otherContent(match, restoring)
    }
  }
  await requireAgreement(restoring, match)
}
