// The rehearsal of a migration on restored data: its record, the code that may be rehearsed, and its findings.
import { formatBytes, formatDuration } from '../text/quantities.ts'
import { committedChanges, type ObjectChange, type TableChange } from './rehearsal-changes.ts'

/** The strongest lock that was held or requested on a table that existed before. */
export interface TableLock {
  readonly table: string
  /** PostgreSQL's name of the lock mode, `AccessExclusiveLock`. */
  readonly mode: string
  /**
   * From the first to the last sample in which one transaction held `AccessExclusiveLock`: a lower bound. 0 if none
   * did.
   */
  readonly exclusiveSeconds: number
}

/** The locks that were observed. */
export interface LocksSeen {
  readonly locks: readonly TableLock[]
  readonly samples: number
  /** Seconds between samples. */
  readonly every: number
  /** True if the locks of every committed DDL statement were recorded, however short. */
  readonly everyStatement: boolean
}

/** Part of a drill's record. Its verdict is about the migration, never about the backup. */
export interface Rehearsal {
  /** `setup-failed`: the migration was not run. */
  readonly verdict: 'passed' | 'failed' | 'setup-failed'
  readonly command: string
  /** The command that decided the verdict: if the setup failed, there is nothing to measure. */
  readonly decidedBy: 'setup-command' | 'migrate-command'
  /** Undefined if the command was ended because it timed out. */
  readonly exitCode?: number
  /** How long the migrate command ran. */
  readonly seconds: number
  readonly timeoutSeconds: number
  /** How the commands were confined: `another user, no network but scratch`. */
  readonly confinement: string
  /** The last lines of output of the deciding command, if it failed. */
  readonly lastLines?: readonly string[]
  /** The line of its output that names the error, if it was found. */
  readonly error?: string
  readonly bytesBefore?: number
  readonly bytesAfter?: number
  readonly tables: readonly TableChange[]
  /** Objects other than tables that were added, dropped or changed; the first thousand. */
  readonly objects?: readonly ObjectChange[]
  readonly locks?: LocksSeen
  /** Findings for reviewers, one sentence each. */
  readonly findings: readonly string[]
  /** Information for reviewers that is not a finding, one sentence each. */
  readonly information?: readonly string[]
  readonly notes: readonly string[]
}

/** The origin of a migration's code, as far as a host knows it. Unknown outside of GitHub Actions. */
export interface CodeOrigin {
  /** True inside GitHub Actions. */
  readonly inActions: boolean
  readonly visibility?: 'public' | 'private' | 'internal'
  /**
   * Whether the event is of a pull request from another repository; undefined for events that do not say where the code
   * comes from.
   */
  readonly fork?: boolean
}

/**
 * Why this code must not be rehearsed, as the end of a sentence; undefined if it may. Unknown values are not trusted.
 */
export function reasonAgainst({ inActions, visibility, fork }: CodeOrigin): string | undefined {
  if (!inActions) return undefined
  if (visibility === 'public') return 'the repository is public, so anyone could read output with production data'
  if (visibility === undefined) return 'the event does not say whether the repository is public'
  if (fork === undefined) return 'the event does not say which repository the code comes from'
  return fork ? 'the pull request is from a fork, so anyone could have written its code' : undefined
}

const noticeableSeconds = 1
const noticeableGrowth = 1.5
const noticeableBytes = 1 << 20

/** The measurements before, during and after the migration. */
export type Measured = Pick<Rehearsal, 'tables' | 'objects' | 'locks' | 'bytesBefore' | 'bytesAfter'>

const committedAtMost = 5

/** Reports what a failed migration committed: it ran in no transaction, or in several. */
export function halfCommitted({ tables, objects = [] }: Measured): string[] {
  const changes = committedChanges(tables, objects)
  if (changes.length === 0) return []
  const more = changes.length - committedAtMost
  const named = `${changes.slice(0, committedAtMost).join('; ')}${more > 0 ? `; and ${more} more` : ''}`
  return [`the migration failed after it had committed changes, which would remain in production: ${named}`]
}

/** Returns the findings for reviewers, the worst first. */
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
  return [`${table} was locked against reads for at least ${formatDuration(exclusiveSeconds)} (ACCESS EXCLUSIVE)`]
}

function count(rows: number): string {
  return rows === 1 ? '1 row' : `${rows} rows`
}

/** `passed in 3.2 s`, `failed: migrate-command exited with 1`, `did not run: setup-command exited with 1`. */
export function rehearsalSentence({ verdict, decidedBy, exitCode, seconds, timeoutSeconds }: Rehearsal): string {
  if (verdict === 'passed') return `passed in ${formatDuration(seconds)}`
  const said = verdict === 'failed' ? 'failed' : 'did not run'
  if (exitCode === undefined) return `${said}: ${decidedBy} timed out after ${formatDuration(timeoutSeconds)}`
  return `${said}: ${decidedBy} exited with ${exitCode}`
}

/**
 * Makes a line of untrusted text safe to print: a runner would execute `::command::` at its start and `##[command]`
 * anywhere, and a terminal would execute escape sequences.
 */
export function harmlessLine(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are removed.
  const plain = line.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
  return `| ${plain.replaceAll('##[', '# #[').slice(0, 2000)}`
}
