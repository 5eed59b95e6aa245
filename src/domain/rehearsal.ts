// The rehearsal of a migration on restored data: what was asked, what was measured, and what came of it.
import { displayName } from './compare-fingerprints.ts'
import { formatBytes, formatDuration } from './quantities.ts'

/** A table as it was at one moment. */
export interface TableState {
  /** Stays the same when a table is renamed, and not when it is dropped and created again. */
  readonly identity: number
  readonly schema: string
  readonly table: string
  /** Exact. */
  readonly rows: number
  /** With its indexes and what is stored out of line. */
  readonly bytes: number
  /** Number of a column (never used again) -> its name. */
  readonly columns: Readonly<Record<number, string>>
}

/** A database as it was at one moment. */
export interface DatabaseState {
  readonly bytes: number
  readonly tables: readonly TableState[]
}

/** The strongest lock that was held or waited for on a table which was there before. */
export interface TableLock {
  readonly table: string
  /** As PostgreSQL writes it, `AccessExclusiveLock`. */
  readonly mode: string
  /** From the first sample to the last that saw `AccessExclusiveLock` held in one transaction: at least so long. 0 if none did. */
  readonly exclusiveSeconds: number
}

/** What was seen of locks. */
export interface LocksSeen {
  readonly locks: readonly TableLock[]
  readonly samples: number
  /** Seconds between samples. */
  readonly every: number
  /** True if every DDL statement that was committed also told its locks, however short. */
  readonly everyStatement: boolean
}

/** A table in which something changed. */
export interface TableChange {
  /** As it was called before; for a new one, as it is called now. */
  readonly table: string
  readonly change: 'new' | 'dropped' | 'made anew' | 'renamed' | 'changed'
  readonly rowsBefore?: number
  readonly rowsAfter?: number
  readonly bytesBefore?: number
  readonly bytesAfter?: number
  readonly droppedColumns?: readonly string[]
}

/** Stands in a drill's record. Its verdict is about the migration, never about the backup. */
export interface Rehearsal {
  readonly verdict: 'passed' | 'failed'
  readonly command: string
  /** Which command decided: a setup that failed leaves nothing to measure. */
  readonly decidedBy: 'setup-command' | 'migrate-command'
  /** Undefined for one that was ended, since its time was up. */
  readonly exitCode?: number
  /** How long the migrate command ran. */
  readonly seconds: number
  readonly timeoutSeconds: number
  /** How the commands were held: `another user, no network but scratch`. */
  readonly confinement: string
  /** The last lines that the deciding command said, where it failed. */
  readonly lastLines?: readonly string[]
  readonly bytesBefore?: number
  readonly bytesAfter?: number
  readonly tables: readonly TableChange[]
  readonly locks?: LocksSeen
  /** What a reviewer should look at, a sentence each. */
  readonly findings: readonly string[]
  readonly notes: readonly string[]
}

/** Where the code of a migration comes from, as far as a host knows. Outside GitHub Actions nothing is. */
export interface CodeOrigin {
  /** True inside GitHub Actions. */
  readonly inActions: boolean
  readonly visibility?: 'public' | 'private' | 'internal'
  /** Whether the event is of a pull request from another repository; undefined for events that do not say whose code is meant. */
  readonly fork?: boolean
}

/** Why no rehearsal may be held of this code, as the end of a sentence; undefined if it may. What is not known is not trusted. */
export function reasonAgainst({ inActions, visibility, fork }: CodeOrigin): string | undefined {
  if (!inActions) return undefined
  if (visibility === 'public') return 'the repository is public, so anybody could read output with production data'
  if (visibility === undefined) return 'the event does not say whether the repository is public'
  if (fork === undefined) return 'the event does not say which repository the code comes from'
  return fork ? 'the pull request is from a fork, so anybody could have written its code' : undefined
}

/** Everything in which the two states differ, tables with lost rows first. */
export function changesBetween(before: DatabaseState, after: DatabaseState): TableChange[] {
  const later = new Map(after.tables.map((table) => [table.identity, table]))
  const names = new Map(after.tables.map((table) => [nameOf(table), table]))
  const earlier = new Set(before.tables.map(({ identity }) => identity))
  const replaced = new Set<number>()
  const changes = before.tables.flatMap((was): TableChange[] => {
    const same = later.get(was.identity)
    if (same) return changed(was, same)
    const anew = names.get(nameOf(was))
    if (!anew || earlier.has(anew.identity)) return [{ table: nameOf(was), change: 'dropped', ...numbersBefore(was) }]
    replaced.add(anew.identity)
    const kept = new Set(Object.values(anew.columns))
    return [{ table: nameOf(was), change: 'made anew', ...numbers(was, anew), ...lost(Object.values(was.columns), kept) }]
  })
  const fresh = after.tables.filter(({ identity }) => !earlier.has(identity) && !replaced.has(identity))
  const made = fresh.map((is): TableChange => ({ table: nameOf(is), change: 'new', rowsAfter: is.rows, bytesAfter: is.bytes }))
  return [...changes.toSorted((a, b) => lostRows(b) - lostRows(a)), ...made]
}

function changed(was: TableState, is: TableState): TableChange[] {
  const columns = lostColumns(was, is)
  const renamed = nameOf(was) !== nameOf(is)
  if (!renamed && columns.length === 0 && was.rows === is.rows && was.bytes === is.bytes) return []
  const dropped = columns.length > 0 ? { droppedColumns: columns } : {}
  return [{ table: nameOf(was), change: renamed ? 'renamed' : 'changed', ...numbers(was, is), ...dropped }]
}

function lostColumns(was: TableState, is: TableState): string[] {
  return Object.entries(was.columns).flatMap(([number, name]) => (is.columns[Number(number)] === undefined ? [name] : []))
}

function lost(columns: readonly string[], kept: ReadonlySet<string>): { droppedColumns?: string[] } {
  const gone = columns.filter((column) => !kept.has(column))
  return gone.length > 0 ? { droppedColumns: gone } : {}
}

function numbers(was: TableState, is: TableState): Pick<TableChange, 'rowsBefore' | 'rowsAfter' | 'bytesBefore' | 'bytesAfter'> {
  return { ...numbersBefore(was), rowsAfter: is.rows, bytesAfter: is.bytes }
}

function numbersBefore({ rows, bytes }: TableState): Pick<TableChange, 'rowsBefore' | 'bytesBefore'> {
  return { rowsBefore: rows, bytesBefore: bytes }
}

function nameOf({ schema, table }: TableState): string {
  return displayName(schema, table)
}

function lostRows({ rowsBefore = 0, rowsAfter = 0 }: TableChange): number {
  return Math.max(0, rowsBefore - rowsAfter)
}

const noticeableSeconds = 1
const noticeableGrowth = 1.5
const noticeableBytes = 1 << 20

/** What a reviewer should look at, the worst first. */
export function findingsOf(measured: Pick<Rehearsal, 'tables' | 'locks' | 'bytesBefore' | 'bytesAfter'>): string[] {
  const { tables, locks, bytesBefore = 0, bytesAfter = 0 } = measured
  const grew = bytesAfter - bytesBefore > noticeableBytes && bytesAfter > noticeableGrowth * bytesBefore
  return [
    ...tables.flatMap(lossesOf),
    ...(locks?.locks ?? []).flatMap(exclusiveFinding),
    ...(grew ? [`the database grew from ${formatBytes(bytesBefore)} to ${formatBytes(bytesAfter)}`] : []),
  ]
}

function lossesOf(change: TableChange): string[] {
  const { table, rowsBefore = 0, rowsAfter = 0, droppedColumns = [] } = change
  const columns = droppedColumns.map((column) => `column ${column} of ${table} was dropped`)
  if (change.change === 'dropped') return [`table ${table} was dropped, with ${count(rowsBefore)}`]
  const anew = change.change === 'made anew' ? [`table ${table} was dropped and created again`] : []
  const gone = rowsBefore - rowsAfter
  const rows =
    change.change !== 'new' && gone > 0 ? [`${table} lost ${count(gone)}: ${rowsBefore} before, ${rowsAfter} after`] : []
  return [...rows, ...anew, ...columns]
}

function exclusiveFinding({ table, exclusiveSeconds }: TableLock): string[] {
  if (exclusiveSeconds < noticeableSeconds) return []
  return [`nobody could read ${table} for at least ${formatDuration(exclusiveSeconds)} (ACCESS EXCLUSIVE)`]
}

function count(rows: number): string {
  return rows === 1 ? '1 row' : `${rows} rows`
}

/** `passed in 3.2 s`, `failed: migrate-command exited with 1`. */
export function rehearsalSentence({ verdict, decidedBy, exitCode, seconds, timeoutSeconds }: Rehearsal): string {
  if (verdict === 'passed') return `passed in ${formatDuration(seconds)}`
  if (exitCode === undefined) return `failed: ${decidedBy} timed out after ${formatDuration(timeoutSeconds)}`
  return `failed: ${decidedBy} exited with ${exitCode}`
}

/**
 * Untrusted text as lines that may be shown: a runner would obey `::command::` at the beginning of a line and `##[command]`
 * anywhere, and a terminal escape sequences.
 */
export function harmlessLine(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go.
  const plain = line.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
  return `| ${plain.replaceAll('##[', '# #[').slice(0, 2000)}`
}
