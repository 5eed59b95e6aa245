// The record of runs: a table in the application's database.
import type { Trigger } from '../domain/backups/backup.ts'

type RunStatus = 'running' | 'completed' | 'failed'

/** A row of the table: one run. */
export interface RunRow {
  /** The backup's ID, or an ID of the same form for a run without a backup. */
  readonly id: string
  readonly kind: string
  readonly trigger: Trigger
  readonly status: RunStatus
  readonly startedAt: Date
  readonly finishedAt?: Date | undefined
  /** SHA-256 (hex) of the backup: see `mainChecksum`. */
  readonly checksum?: string | undefined
  /** SHA-256 (hex) of manifest.json. */
  readonly manifest?: string | undefined
  /** Stored bytes of all payloads. */
  readonly bytes?: number | undefined
  /** Addresses of the stores that hold the backup, comma-separated. */
  readonly location?: string | undefined
  /** Message of the failure. */
  readonly error?: string | undefined
}

/** The part of a row that is read again. Anyone who can write to the table controls it. */
export interface RecordedRun {
  readonly id: string
  readonly status: string
  readonly checksum: string | undefined
  readonly manifest: string | undefined
}

/**
 * The record. Each call opens a connection, closes it, and ends within seconds. Throws a Failure if the database cannot
 * be reached or refuses, and a failure of kind usage for a table that is missing or has unsuitable columns; its hint is
 * the SQL that corrects it.
 */
export interface RunRecord {
  /** `"BackupRun" of shop on db.example.com:5432`, no secret. */
  readonly display: string
  /** Replaces the row with the ID `former`, or else the row with the same ID; inserts a row if there is neither. */
  save(row: RunRow, former?: string): Promise<void>
  /**
   * The row of a backup. If there is none: the row of the same run under its earlier ID, with status `running`, as it is
   * in a database that was restored from this backup.
   */
  find(id: string): Promise<RecordedRun | undefined>
}

export interface RecordSettings {
  /** As the user wrote it: `"BackupRun"`, `audit."BackupRun"`. */
  readonly table: string
  /**
   * Whether `save` creates a missing table. `beside-others`: only in a database that has tables, so that an empty
   * database is still recognized as empty by a backup.
   */
  readonly create: 'never' | 'beside-others' | 'anywhere'
}

/** Throws a failure of kind usage for an invalid URL or name. */
export type OpenRecord = (url: string, settings: RecordSettings) => Promise<RunRecord>
