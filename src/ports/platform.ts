// Ports to PostgreSQL: a database to dump, and the payloads of a backup to restore.
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

/** Facts about the server and the database, read before the dump. */
export interface Probe {
  readonly server: ServerFacts
  readonly database: DatabaseFacts
  /** Versions of the client tools that fit this server, by tool name. */
  readonly tools: Readonly<Record<string, string>>
  /** Warnings as sentences, such as about a client that is newer than the server. */
  readonly warnings: readonly string[]
}

/** The contents of a dump. */
export interface DumpOptions {
  readonly format: DumpFacts['format']
  readonly selection: Selection
  /** Parallel workers of the directory format. */
  readonly jobs: number
  /** Also count every table exactly, with count(*) in the same snapshot, on a second connection. */
  readonly sourceCounts: boolean
  /** Also dump roles and tablespaces. */
  readonly globals: boolean
}

export interface DumpRequest extends DumpOptions {
  /** Seconds to wait for a table's lock. */
  readonly lockTimeout: number
  /** Trust the authors of code that runs when pg_dump reads extensions' configuration tables. */
  readonly codeAsSuperuser?: boolean | undefined
  /** Folder for the files of the directory format. */
  readonly temporary: string
  readonly signal: AbortSignal
  /** Absent: does not wait for other runs. */
  readonly backupLock?: BackupLockRequest
}

/**
 * The backup lock: one run dumps a database at a time. Other runs wait for the lock before they take their snapshots.
 */
export interface BackupLockRequest {
  /**
   * Maximum wait in seconds; then a failure of kind refused names the session that holds the lock. 0: does not wait.
   */
  readonly seconds: number
  readonly clock: Clock
  /** Called when the wait begins and about every minute, with a sentence that names the lock holder. */
  note(sentence: string): void
  /**
   * Continue without the lock if another session holds it, with a warning that names the session: any role can take the
   * lock.
   */
  readonly ignoreOthers: boolean
  warn(sentence: string): void
  /** Called once before the snapshot is taken, with the lock or without it (`ignoreOthers`). */
  onLockAcquired(): void | Promise<void>
}

/** One file of the dump, before compression. */
export interface DumpPayload {
  readonly file: string
  readonly role: Payload['role']
  /** Errors if the tool that writes it fails; ends only after that tool exited with 0. */
  readonly stream: Readable
  /** Estimated number of bytes. */
  readonly estimate: number
}

/** A running dump. The snapshot is held until `close`. */
export interface PlatformDump {
  readonly snapshot: Snapshot
  /** Name of the exported snapshot. Other connections import it with SET TRANSACTION SNAPSHOT. */
  readonly snapshotName: string
  /** Number of tables of the database in this snapshot, without those of extensions, regardless of the selection. */
  readonly tables: number
  /** In order. Each stream must be read to its end before the next payload is requested. */
  payloads(): AsyncIterable<DumpPayload>
  /**
   * Call it after the last payload. Throws a failure of kind integrity naming every table whose rows in the dump differ
   * from the exact counts in the same snapshot.
   */
  finish(): Promise<{ dump: DumpFacts; fingerprint: Fingerprint; notes: readonly string[] }>
  /** Another dump in the same snapshot. Closing it does not release the snapshot. */
  dumpAgain(request: DumpOptions): PlatformDump
  /**
   * Ends child processes and connections, removes temporary files. Can be called at any time, repeatedly; never throws.
   */
  close(): Promise<void>
}

/** A PostgreSQL database at a URL. */
export interface Platform {
  /** `shop on db.example.com:5432`, no secret. */
  readonly display: string
  probe(): Promise<Probe>
  openDump(request: DumpRequest): Promise<PlatformDump>
}

/** One payload of a backup to restore, verified and decompressed while it is read. */
export interface PayloadSource {
  readonly payload: Payload
  /**
   * Returns a new stream of the content. Stored bytes are verified before they are decompressed. The stream errors with
   * a failure of kind integrity if the stored bytes or the length of the content differ from the manifest.
   */
  open(): Promise<Readable>
  /** Writes the content to an empty file. Throws the same failures as the stream. The caller closes the file. */
  save(file: FileHandle, signal: AbortSignal): Promise<void>
}
