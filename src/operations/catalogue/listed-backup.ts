// One backup in a list, with its state in all stores.
import type { BackupId } from '../../domain/backups/backup.ts'
import type { Trust } from '../../domain/backups/catalogue.ts'
import type { Pin } from '../../domain/backups/pin.ts'
import type { DrillMark } from '../../domain/drill/drill.ts'

/** One backup, in one or more stores. */
export interface ListedBackup {
  readonly name: string
  readonly id: BackupId
  /** Bytes of the largest copy, including drill records and pins. */
  readonly bytes: number
  /** Store addresses, in the order of the input. */
  readonly stores: readonly string[]
  /** The newest drill in any store. */
  readonly drill?: DrillMark
  readonly pins: readonly Pin[]
  readonly keepUntil?: Date
  readonly suspect: boolean
  /** Whether the manifest of a copy has a signature, valid or not. */
  readonly signed: boolean
  /** Problem of the manifest in all copies. Checked only for the newest proven backups. */
  readonly damaged?: string
  /** Absent if signatures are not verified. Trusted if one copy is trusted; then marks are those of trusted copies. */
  readonly trust?: Trust
  /** For backups of kind `tenant`. */
  readonly tenants?: { readonly all: boolean; readonly count: number; readonly files: readonly string[] }
}
