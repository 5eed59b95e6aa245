// The backups of a store as one listing shows them: names of keys contain what retention, gate and list need.

import type { DrillMark } from '../drill/drill.ts'
import { type BackupId, backupPrefix, manifestFile } from './backup.ts'
import { signatureEnding } from './marks.ts'
import type { Pin } from './pin.ts'

/** Result of verifying the signature of a backup's manifest. */
export type Trust =
  | {
      readonly isTrusted: true
      /** SHA-256 (hex) of the signed manifest. Whether the stored manifest has it is verified when it is read. */
      readonly manifestSha256: string
      /** `SHA256:…` of the key. */
      readonly fingerprint: string
      readonly time: Date
    }
  | { readonly isTrusted: false; readonly reason: string }

/** One backup in one store. */
export interface BackupEntry {
  readonly name: string
  readonly id: BackupId
  /** True if it has a manifest. Only complete ones are backups. */
  readonly complete: boolean
  /** Total bytes of all files below its prefix. */
  readonly bytes: number
  /** Keys below the store's root, with sizes and the store's modification dates. */
  readonly keys: readonly { readonly key: string; readonly bytes: number; readonly modified?: Date }[]
  /**
   * The store's date of the manifest: when this store received the backup. Without a manifest, the date of the newest
   * object.
   */
  readonly stored: Date
  /** The store's date of the newest object. */
  readonly lastWrite: Date
  /** Newest first. */
  readonly drills: readonly DrillMark[]
  readonly pins: readonly Pin[]
  /** The end of the last day (UTC) for which the run that made the backup requested to keep it. */
  readonly keepUntil?: Date
  readonly suspect: boolean
  /** Only for kind `tenant`: the backup contains all tenants that existed. */
  readonly allTenants: boolean
  /**
   * Only for a trusted backup of some tenants: the payloads in its signed manifest. Files that others added to the
   * folder are not included.
   */
  readonly signedFiles?: readonly string[]
  /**
   * Absent if signatures are not verified. In a trusted backup, the marks are those of its signed manifest, and the
   * drills are signed ones.
   */
  readonly trust?: Trust
}

/** Why a backup does not count; undefined if it is trusted, or if signatures are not verified. */
export function distrustOf({ trust }: Pick<BackupEntry, 'trust'>): string | undefined {
  return trust && !trust.isTrusted ? trust.reason : undefined
}

/** Whether the backup's manifest has a signature, valid or not. */
export function hasSignature({ name, id, keys }: Pick<BackupEntry, 'name' | 'id' | 'keys'>): boolean {
  const signature = backupPrefix(name, id.text) + manifestFile + signatureEnding
  return keys.some(({ key }) => key === signature)
}

/**
 * The ZIPs of a backup of tenants, relative to its folder: `tenants/7.zip`. From the signed manifest, if that was read.
 */
export function tenantFiles({
  name,
  id,
  keys,
  signedFiles,
}: Pick<BackupEntry, 'name' | 'id' | 'keys' | 'signedFiles'>): string[] {
  if (signedFiles) return signedFiles.filter((file) => file.startsWith('tenants/'))
  const prefix = `${name}/${id.text}/`
  return keys.flatMap(({ key }) => (key.startsWith(`${prefix}tenants/`) ? [key.slice(prefix.length)] : []))
}
