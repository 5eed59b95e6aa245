// Ports of a restore of a database: the live server, its checks, the swap and the undo.
import type { Difference } from '../domain/fingerprint/fingerprint.ts'
import type { PostgresManifest } from '../domain/manifest/manifest.ts'
import type { PayloadSource } from './platform.ts'

/** One line of the restore's checklist. */
export interface Step {
  readonly title: string
  readonly state: 'done' | 'planned' | 'warning' | 'blocked'
  readonly detail?: string
  /** When in the restore it comes; without it before anything is done. */
  readonly stage?: 'before' | 'during' | 'after'
}

/**
 * What a restore does to a live server. `OpenLiveServer` opens the server that holds the live database, which may be
 * gone.
 */
export interface LiveServer {
  readonly display: string
  /** The live database's name, from the URL. */
  readonly database: string
  /** Looks at space, prepared transactions, slots, rights, roles, extensions, versions; changes nothing. */
  preflight(request: RestoreRequest): Promise<readonly Step[]>
  /**
   * Loads the backup into a new database, compares and analyzes it. Throws Failure on any
   * difference or fault, and then the new database is gone and the live one untouched. For `new` that is all: it has
   * its name, grants and settings.
   */
  restoreIntoNewDatabase(request: RestoreRequest): Promise<{
    readonly database: string
    readonly notes: readonly string[]
    /** Objects that the database does not have, where these are only to be reported. */
    readonly missing: readonly string[]
  }>
  /**
   * Gives the database of `restoreIntoNewDatabase` the live name, with the live database's owner, grants, settings and
   * comment, in one transaction. Throws Failure, and then everything is as it was.
   */
  swap(companions: string, request: RestoreRequest): Promise<Swapped>
  /**
   * The databases that undoing the last swap would exchange. Throws a failure of kind refused if there is no such pair,
   * or if a later restore put no database aside.
   */
  undoPair(signal: AbortSignal): Promise<UndoPair>
  /** What undoing the last swap would lose, then (if `really`) swaps back. */
  undo(options: {
    readonly really: boolean
    readonly signal: AbortSignal
    readonly reached?: RestoreRequest['reached']
  }): Promise<Undone>
  /**
   * Replaces the contents of the live database in one transaction. Throws Failure('integrity') before the commit if the
   * rows differ; returns the differences that show only after it: definitions, and rows that the role cannot read.
   */
  restoreInPlace(
    request: RestoreRequest,
  ): Promise<{ readonly differences: readonly Difference[]; readonly notes: readonly string[] }>
  /** Copies the selected tables into a new schema of the live database, in one transaction. */
  restoreIntoSchema(request: RestoreRequest, schema: string): Promise<{ readonly notes: readonly string[] }>
  /** Drops a database that `restoreIntoNewDatabase` of this very object made. */
  drop(database: string): Promise<void>
  /** Any number of times; never throws. */
  close(): Promise<void>
}

export interface Swapped {
  /** The name under which the old database stays; undefined if there was none. */
  readonly kept: string | undefined
  /** Seconds in which nobody could connect. */
  readonly closed: number
}

/** What the comment of the live database says of a restore that put no database aside. */
export interface RestoreMark {
  readonly backup: string
  /** Id of the backup of what was there before. */
  readonly safetyBackup?: string | undefined
  /** The tenant that was restored. */
  readonly tenant?: string
  /** The schema that was restored into. */
  readonly schema?: string
}

/** A database of a server, identified. */
export interface DatabaseIdentity {
  readonly name: string
  readonly oid: number
  readonly owner: string
}

/** Two databases that a swap exchanged, and that undoing it exchanges again. */
export interface UndoPair {
  readonly live: DatabaseIdentity
  readonly kept: DatabaseIdentity
  /** The backup that the restore was of. */
  readonly backup: string
  /** ISO 8601: when that restore put the kept database aside. */
  readonly swapped: string
}

export interface Undone extends UndoPair {
  /** One sentence for each loss. */
  readonly lost: readonly string[]
  /** The name under which the database that was live stays; undefined if nothing was done. */
  readonly aside: string | undefined
}

/** How far a restore has changed the live database. */
export type LiveState =
  | { readonly at: 'unchanged' }
  /** COMMIT was sent without a response so far. `ask`: SQL that returns its outcome, if available. */
  | { readonly at: 'committing'; readonly ask?: string }
  /** `kept`: the new name of the previous live database. */
  | { readonly at: 'changed'; readonly kept?: string | undefined }

export interface RestoreRequest {
  readonly manifest: PostgresManifest
  readonly payloads: readonly PayloadSource[]
  readonly strategy: 'swap' | 'new' | 'in-place'
  /** The user named this very backup, rather than the latest or a time. */
  readonly chosenById: boolean
  /** Name of the database to make, for `new`. */
  readonly targetDatabase?: string
  /** Name of the schema to make in the live database, for selected tables. */
  readonly targetSchema?: string
  /** Names are exact. Both empty: everything. */
  readonly tables: readonly { readonly schema: string; readonly table: string }[]
  readonly schemas: readonly string[]
  /** Code of the backup may run with the rights of the superuser that restores it. */
  readonly codeAsSuperuser: boolean
  /**
   * Objects that fail: `stop` fails the restore, `report` goes on and never touches the live database, `accept` swaps
   * anyway.
   */
  readonly onError: 'stop' | 'report' | 'accept'
  readonly jobs: number
  /** In place: id of the backup of what the restore replaces. */
  readonly safetyBackup?: string | undefined
  readonly temporary: string
  readonly signal: AbortSignal
  /** Runs one phase of the work under a title; phases do not nest. */
  phase<T>(title: string, work: () => Promise<T>): Promise<T>
  progress(done: { what: string; bytes: number }): void
  /** Called before and after the commit that changes the live database or completes a new one. */
  reached?(state: LiveState): void
}

export type OpenLiveServer = (url: string, settings: { installTools: boolean }) => Promise<LiveServer>
