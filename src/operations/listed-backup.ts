// One backup in a list, with what its stores say of it.
import type { BackupId } from '../domain/backup.ts'
import type { Trust } from '../domain/catalogue.ts'
import type { DrillMark } from '../domain/drill.ts'
import type { Pin } from '../domain/pin.ts'

/** One backup, however many stores hold it. */
export interface ListedBackup {
  readonly name: string
  readonly id: BackupId
  /** Of its largest copy, drills and pins included. */
  readonly bytes: number
  /** Addresses, in the order the stores were given. */
  readonly stores: readonly string[]
  /** The newest drill in any store. */
  readonly drill?: DrillMark
  readonly pins: readonly Pin[]
  readonly keepUntil?: Date
  readonly suspect: boolean
  /** Its manifest has a signature, valid or not, in one of the copies. */
  readonly signed: boolean
  /** What is wrong with the manifest, in every copy. Only looked for among the newest proven backups. */
  readonly damaged?: string
  /** Absent where signatures are not verified. Trusted if one copy is; marks are those of trusted copies then. */
  readonly trust?: Trust
  /** Of kind `tenant`. */
  readonly tenants?: { readonly all: boolean; readonly files: readonly string[] }
}
