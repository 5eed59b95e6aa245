// The port to the record of runs: a table of the application's own.
import type { Trigger } from '../domain/backups/backup.ts'

type RunStatus = 'running' | 'completed' | 'failed'

/** One run, as a row of the table tells it. */
export interface RunRow {
  /** The backup's id; for a run that has none yet, or never had one, one of the same shape. */
  readonly id: string
  readonly kind: string
  readonly trigger: Trigger
  readonly status: RunStatus
  readonly startedAt: Date
  readonly finishedAt?: Date | undefined
  /** SHA-256 (hex) that stands for the backup: see `mainChecksum`. */
  readonly checksum?: string | undefined
  /** SHA-256 (hex) of manifest.json. */
  readonly manifest?: string | undefined
  /** Stored bytes of all payloads. */
  readonly bytes?: number | undefined
  /** Addresses of the stores that hold the backup, comma-separated. */
  readonly location?: string | undefined
  /** The failure's sentence. */
  readonly error?: string | undefined
}

/** What is known of a run from its row, whoever wrote it. */
export interface RecordedRun {
  readonly id: string
  readonly status: string
  readonly checksum: string | undefined
  readonly manifest: string | undefined
}

/**
 * The record. Nothing is contacted before the first call, every call gives up within seconds, and no connection
 * outlives it. Throws Failure for a database that is down or refuses, and a failure of kind usage for a table that is
 * missing or does not fit, with the SQL that corrects it as the hint.
 */
export interface RunRecord {
  /** `"BackupRun" of shop on db.example.com:5432`, no secret. */
  readonly display: string
  /** Writes the row in place of the one whose id is `former`, or else of the same id; adds it if there is neither. */
  save(row: RunRow, former?: string): Promise<void>
  /**
   * The row of a backup. Where none has its id: the row of the same run from before it had that id, which is still
   * `running` (in a database that was restored from the backup, it is).
   */
  find(id: string): Promise<RecordedRun | undefined>
}

export interface RecordSettings {
  /** As the user wrote it: `"BackupRun"`, `audit."BackupRun"`. */
  readonly table: string
  /**
   * Whether `save` makes a missing table: `beside-others` only in a database that has tables already, so that an empty
   * database that is to be backed up stays recognisably empty.
   */
  readonly create: 'never' | 'beside-others' | 'anywhere'
}

/** Throws a failure of kind usage for an invalid URL or name. */
export type OpenRecord = (url: string, settings: RecordSettings) => Promise<RunRecord>
