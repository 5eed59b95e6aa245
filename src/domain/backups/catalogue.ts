// What a store holds, from one listing: names of keys alone say what retention, gate and list must know.

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
  /** True once its manifest is there. Only complete ones are backups. */
  readonly complete: boolean
  /** Bytes of everything below its prefix. */
  readonly bytes: number
  /** Keys below the store's root, with sizes and the store's own dates. */
  readonly keys: readonly { readonly key: string; readonly bytes: number; readonly modified?: Date }[]
  /**
   * The store's own date of the manifest: when this store got the backup. While there is none, that of the newest
   * object.
   */
  readonly stored: Date
  /** The store's own date of the newest object. */
  readonly lastWrite: Date
  /** Newest first. */
  readonly drills: readonly DrillMark[]
  readonly pins: readonly Pin[]
  /** The last moment of the last day (UTC) for which the run that made it asked. */
  readonly keepUntil?: Date
  readonly suspect: boolean
  /** Of kind `tenant`: it holds all tenants that there were. */
  readonly allTenants: boolean
  /**
   * Of a trusted backup of some tenants: the payloads of its signed manifest. A file that somebody put next to them is
   * not one.
   */
  readonly signedFiles?: readonly string[]
  /**
   * Absent where signatures are not verified. Of a trusted backup, marks are those of its signed manifest, and drills
   * signed ones.
   */
  readonly trust?: Trust
}

/** Why a backup does not count; undefined where it is trusted, or signatures are not verified. */
export function distrustOf({ trust }: Pick<BackupEntry, 'trust'>): string | undefined {
  return trust && !trust.isTrusted ? trust.reason : undefined
}

/** Whether the backup's manifest has a signature, valid or not. */
export function hasSignature({ name, id, keys }: Pick<BackupEntry, 'name' | 'id' | 'keys'>): boolean {
  const signature = backupPrefix(name, id.text) + manifestFile + signatureEnding
  return keys.some(({ key }) => key === signature)
}

/**
 * The ZIPs of a backup of tenants, below its folder: `tenants/7.zip`. As its signed manifest says, where that was read.
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
