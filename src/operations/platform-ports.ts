// The ports to PostgreSQL: a database to dump, scratch to drill in, a live database to bring back.
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { TriedTenants } from '../domain/drill.ts'
import type { Difference, Fingerprint } from '../domain/fingerprint.ts'
import type { IsolationPolicy, IsolationUsed } from '../domain/isolation.ts'
import type {
  DatabaseFacts,
  DumpFacts,
  Manifest,
  Payload,
  PostgresManifest,
  Selection,
  ServerFacts,
  Snapshot,
} from '../domain/manifest.ts'
import type { TableName } from '../domain/table-name.ts'
import type { Clock } from './ports.ts'

/** What the server and the database say of themselves before anything is dumped. */
export interface Probe {
  readonly server: ServerFacts
  readonly database: DatabaseFacts
  /** Tool name -> version of the client tools that fit this server. */
  readonly tools: Readonly<Record<string, string>>
  /** Sentences to warn with: a newer client than the server. */
  readonly warnings: readonly string[]
}

/** What is to be in a dump. */
export interface DumpOptions {
  readonly format: DumpFacts['format']
  readonly selection: Selection
  /** Parallel workers of the directory format. */
  readonly jobs: number
  /** Also take an exact count(*) of every table in the same snapshot, on a second connection. */
  readonly sourceCounts: boolean
  /** Also dump roles and tablespaces. */
  readonly globals: boolean
}

export interface DumpRequest extends DumpOptions {
  /** Seconds to wait for a table's lock. */
  readonly lockTimeout: number
  /** Trust the authors of code that runs when pg_dump reads extensions' configuration tables. */
  readonly codeAsSuperuser?: boolean | undefined
  /** A folder for the directory format's files. */
  readonly temporary: string
  readonly signal: AbortSignal
  /** Absent: dumps beside any other run. */
  readonly turn?: BackupLockRequest
}

/** One run dumps a database at a time; the others wait for their turn, and take their snapshots only then. */
export interface BackupLockRequest {
  /** How long to wait; 0 refuses at once. After that a failure of kind refused, naming who holds the turn. */
  readonly seconds: number
  readonly clock: Clock
  /** Told about every minute, in a whole sentence, what is waited for. */
  note(sentence: string): void
  /**
   * Go on without the turn if another session has it, with a warning that names the session: any role can take the
   * lock.
   */
  readonly ignoreOthers: boolean
  warn(sentence: string): void
  /** It is our turn: called once, before the snapshot is taken. */
  onLockAcquired(): void | Promise<void>
}

/** One file of the dump, before compression. */
export interface DumpPayload {
  readonly file: string
  readonly role: Payload['role']
  /** Errors if the tool that makes it fails; ends only after that tool exited 0. */
  readonly stream: Readable
  /** Bytes that may come, a guess. */
  readonly estimate: number
}

/** A dump under way: the snapshot is held until `close`. */
export interface PlatformDump {
  readonly snapshot: Snapshot
  /** Name of the exported snapshot: with SET TRANSACTION SNAPSHOT other connections see the same instant. */
  readonly snapshotName: string
  /** How many tables the database has in this snapshot, those of extensions left out; no matter what is selected. */
  readonly tables: number
  /** In order; each stream must be read to its end before the next is asked for. */
  payloads(): AsyncIterable<DumpPayload>
  /**
   * After the last payload. Throws a failure of kind integrity naming every table whose rows in the dump differ from
   * the exact counts in the same snapshot.
   */
  finish(): Promise<{ dump: DumpFacts; fingerprint: Fingerprint; notes: readonly string[] }>
  /** Another dump of the same instant; closing it does not let go of the snapshot. */
  companions(request: DumpOptions): PlatformDump
  /** Ends children and connections, removes temporary files. Any time, any number of times, never throws. */
  close(): Promise<void>
}

/** A PostgreSQL database at a URL. */
export interface Platform {
  /** `shop on db.example.com:5432`, no secret. */
  readonly display: string
  probe(): Promise<Probe>
  openDump(request: DumpRequest): Promise<PlatformDump>
}

/** One payload of a backup on its way back: verified and decompressed as it flows. */
export interface PayloadSource {
  readonly payload: Payload
  /**
   * A fresh stream of the content, out of stored bytes that were verified before. Errors with a failure of kind
   * integrity if the stored bytes or the content's length are not those of the manifest.
   */
  open(): Promise<Readable>
  /** Writes the same to an empty file. Throws what the stream would error with. The caller closes the file. */
  save(file: FileHandle, signal: AbortSignal): Promise<void>
}

/** A phase of restoring as it was measured. */
export interface PhaseTime {
  readonly phase: string
  readonly seconds: number
}

/**
 * A throwaway database (or Redis) that a drill loads a backup into. Never the source, never one it did not make itself.
 */
export interface Scratch<M extends Manifest = PostgresManifest> {
  /** For the user's checks. Holds a password: never shown. */
  readonly url: string
  /** Of a database of the same server that holds nothing of the backup; absent for Redis. */
  readonly maintenanceUrl?: string
  readonly display: string
  /** What keeps the backup's content from this machine. */
  readonly isolation: IsolationUsed
  /** Another URL of it, by TCP on this machine, for programs that know no unix sockets; until closed. */
  openPort(): Promise<{ readonly url: string; close(): Promise<void> }>
  /**
   * Loads the backup. Throws a failure of kind integrity if its bytes are damaged or the server refuses its data,
   * another kind if the server lacks something. Calls `onProgress` with the bytes of content read so far. Returns
   * notes.
   */
  load(
    manifest: M,
    payloads: readonly PayloadSource[],
    onProgress?: (bytes: number) => void,
  ): Promise<readonly string[]>
  /**
   * Everything in which the database differs from the backup. Calls `onNote` with a sentence for what was not compared.
   */
  compare(manifest: M, onNote?: (sentence: string) => void): Promise<readonly Difference[]>
  /** What of a backup of tenants was loaded; absent for other kinds. */
  tried?(): TriedTenants
  /** Runs SQL that must give at least one row, all of whose first columns are true (or a single positive number). */
  checkSql(sql: string): Promise<{ readonly passed: boolean; readonly detail: string }>
  /** Any number of times. */
  drop(): Promise<void>
}

export interface ScratchRequest {
  readonly manifest: PostgresManifest
  /** A server to use instead of a temporary local cluster, and the name of the database to make there. */
  readonly server?: { readonly url: string; readonly database: string }
  /** Only these tables, their rows and what they need; a partitioned one brings its partitions. Absent: all of it. */
  readonly tables?: readonly TableName[]
  readonly jobs: number
  readonly allowMissingExtensions: boolean
  readonly temporary: string
  /** Of a temporary local cluster. */
  readonly isolation: IsolationPolicy
  readonly signal: AbortSignal
}

export type DrillScratch = (request: ScratchRequest) => Promise<Scratch>

/** Runs a command the user supplied through the shell; output goes to the reporter; returns its exit code. */
export type RunUserCommand = (
  command: string,
  options: { readonly environment?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<number>

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
   * Loads the backup into a new database beside the live one, compares and analyzes it. Throws Failure on any
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
