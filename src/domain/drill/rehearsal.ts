// The rehearsal of a migration on restored data: what was asked, what was measured, and what came of it.
import { formatBytes, formatDuration } from '../text/quantities.ts'
import { committedChanges, type ObjectChange, type TableChange } from './rehearsal-changes.ts'

/** The strongest lock that was held or waited for on a table which was there before. */
export interface TableLock {
  readonly table: string
  /** As PostgreSQL writes it, `AccessExclusiveLock`. */
  readonly mode: string
  /**
   * From the first sample to the last that saw `AccessExclusiveLock` held in one transaction: at least so long. 0 if
   * none did.
   */
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

/** Stands in a drill's record. Its verdict is about the migration, never about the backup. */
export interface Rehearsal {
  /** `setup-failed`: the migration was not tried. */
  readonly verdict: 'passed' | 'failed' | 'setup-failed'
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
  /** The line of its output that names the error, as far as that can be told. */
  readonly error?: string
  readonly bytesBefore?: number
  readonly bytesAfter?: number
  readonly tables: readonly TableChange[]
  /** Everything but tables that was added, dropped or changed; the first thousand. */
  readonly objects?: readonly ObjectChange[]
  readonly locks?: LocksSeen
  /** What a reviewer should look at, a sentence each. */
  readonly findings: readonly string[]
  /** What a reviewer may want to know and what is no finding, a sentence each. */
  readonly information?: readonly string[]
  readonly notes: readonly string[]
}

/** Where the code of a migration comes from, as far as a host knows. Outside GitHub Actions nothing is. */
export interface CodeOrigin {
  /** True inside GitHub Actions. */
  readonly inActions: boolean
  readonly visibility?: 'public' | 'private' | 'internal'
  /**
   * Whether the event is of a pull request from another repository; undefined for events that do not say whose code is
   * meant.
   */
  readonly fork?: boolean
}

/**
 * Why no rehearsal may be held of this code, as the end of a sentence; undefined if it may. What is not known is not
 * trusted.
 */
export function reasonAgainst({ inActions, visibility, fork }: CodeOrigin): string | undefined {
  if (!inActions) return undefined
  if (visibility === 'public') return 'the repository is public, so anybody could read output with production data'
  if (visibility === undefined) return 'the event does not say whether the repository is public'
  if (fork === undefined) return 'the event does not say which repository the code comes from'
  return fork ? 'the pull request is from a fork, so anybody could have written its code' : undefined
}

const noticeableSeconds = 1
const noticeableGrowth = 1.5
const noticeableBytes = 1 << 20

/** What was measured around the migration. */
export type Measured = Pick<Rehearsal, 'tables' | 'objects' | 'locks' | 'bytesBefore' | 'bytesAfter'>

const committedAtMost = 5

/** What a failed migration left: it runs in no transaction, or in several. */
export function halfCommitted({ tables, objects = [] }: Measured): string[] {
  const changes = committedChanges(tables, objects)
  if (changes.length === 0) return []
  const more = changes.length - committedAtMost
  const named = `${changes.slice(0, committedAtMost).join('; ')}${more > 0 ? `; and ${more} more` : ''}`
  return [`the migration failed after a part of it was committed, which would stay in production: ${named}`]
}

/** What a reviewer should look at, the worst first. */
export function findingsOf(measured: Measured): string[] {
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
    change.change !== 'new' && gone > 0
      ? [`${table} lost ${count(gone)}: ${rowsBefore} before, ${rowsAfter} after`]
      : []
  return [...rows, ...anew, ...columns]
}

function exclusiveFinding({ table, exclusiveSeconds }: TableLock): string[] {
  if (exclusiveSeconds < noticeableSeconds) return []
  return [`nobody could read ${table} for at least ${formatDuration(exclusiveSeconds)} (ACCESS EXCLUSIVE)`]
}

function count(rows: number): string {
  return rows === 1 ? '1 row' : `${rows} rows`
}

/** `passed in 3.2 s`, `failed: migrate-command exited with 1`, `was not held: setup-command exited with 1`. */
export function rehearsalSentence({ verdict, decidedBy, exitCode, seconds, timeoutSeconds }: Rehearsal): string {
  if (verdict === 'passed') return `passed in ${formatDuration(seconds)}`
  const said = verdict === 'failed' ? 'failed' : 'was not held'
  if (exitCode === undefined) return `${said}: ${decidedBy} timed out after ${formatDuration(timeoutSeconds)}`
  return `${said}: ${decidedBy} exited with ${exitCode}`
}

/**
 * Untrusted text as lines that may be shown: a runner would obey `::command::` at the beginning of a line and
 * `##[command]` anywhere, and a terminal escape sequences.
 */
export function harmlessLine(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go.
  const plain = line.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
  return `| ${plain.replaceAll('##[', '# #[').slice(0, 2000)}`
}
