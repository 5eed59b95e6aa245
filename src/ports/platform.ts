// The ports to PostgreSQL: a database to dump, scratch to drill in, a live database to bring back.
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { Fingerprint } from '../domain/fingerprint/fingerprint.ts'
import type {
  DatabaseFacts,
  DumpFacts,
  Payload,
  Selection,
  ServerFacts,
  Snapshot,
} from '../domain/manifest/manifest.ts'
import type { Clock } from './common.ts'

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
