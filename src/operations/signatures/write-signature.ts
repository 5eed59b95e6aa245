// Signs an object of a store: writes the signature and its statement next to the object.
import { createHash } from 'node:crypto'
import { manifestFile } from '../../domain/backups/backup.ts'
import { signatureEnding } from '../../domain/backups/marks.ts'
import { asFailure } from '../../domain/failures/failure.ts'
import { fingerprintOf } from '../../domain/signatures/public-key.ts'
import { signMessage } from '../../domain/signatures/sshsig.ts'
import { type Statement, statementText } from '../../domain/signatures/statement.ts'
import type { Store } from '../../ports/common.ts'
import { readSignature } from './read-signature.ts'

export interface ToSign {
  /** Folder of the backup, `<name>/<id>/`, and the object's path in it. */
  readonly prefix: string
  readonly file: string
  readonly content: string
  /** For other objects than the manifest: SHA-256 (hex) of the manifest that the object belongs to. */
  readonly manifestSha256?: string
  /** For a manifest: the marks that are written with it. */
  readonly marks?: readonly string[]
  /** ISO 8601; default: now. */
  readonly time?: string
  /** Whether to replace an existing signature. */
  readonly replace?: boolean
}

/**
 * Writes the signature if the store has a signing key. Call it before the object is written. Throws what the store
 * throws.
 */
export async function writeSignature(store: Store, { prefix, file, content, ...more }: ToSign): Promise<void> {
  const { key, now } = store.signatures ?? {}
  if (!key || !now) return
  const { manifestSha256, marks = [], time = now().toISOString() } = more
  const statement: Statement = {
    subject: { key: prefix + file, sha256: sha256Of(content) },
    ...(manifestSha256 !== undefined && { manifest: { key: prefix + manifestFile, sha256: manifestSha256 } }),
    marks,
    time,
  }
  const text = statementText(statement)
  const signed = Buffer.from(signMessage(Buffer.from(text), key) + text)
  const place = prefix + file + signatureEnding
  try {
    await store.create(place, signed)
  } catch (error) {
    if (!more.replace || asFailure(error).kind !== 'refused') throw error
    if (await isSigned(store, statement, fingerprintOf(key.encodedPublicKey))) return
    for await (const _ of store.remove([place]));
    await store.create(place, signed)
  }
}

/** Whether the same key already signed the same object: a role that may not delete can then repeat the command. */
async function isSigned(store: Store, { subject, manifest }: Statement, fingerprint: string): Promise<boolean> {
  const found = await readSignature(store, subject.key)
  if ('fault' in found || found.fingerprint !== fingerprint) return false
  return found.statement.subject.sha256 === subject.sha256 && found.statement.manifest?.sha256 === manifest?.sha256
}

/** SHA-256 (hex) of a text in UTF-8. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
