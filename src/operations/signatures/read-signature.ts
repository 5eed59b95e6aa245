// Reads the signature of an object in a store and verifies it: format, key, namespace, place, time, and trust.
import { backupOf } from '../../domain/backups/build-catalogue.ts'
import { signatureEnding } from '../../domain/backups/marks.ts'
import { asFailure } from '../../domain/failures/failure.ts'
import { clockTolerance } from '../../domain/gate/freshness.ts'
import { distrust } from '../../domain/signatures/allowed-signers.ts'
import { fingerprintOf } from '../../domain/signatures/public-key.ts'
import { isSignatureOf, namespace, parseSignature, type SshSignature } from '../../domain/signatures/sshsig.ts'
import { parseStatement, type Statement } from '../../domain/signatures/statement.ts'
import { formatDuration } from '../../domain/text/quantities.ts'
import type { Store } from '../../ports/common.ts'
import { readObject } from '../stores/read-object.ts'

type ReadSignature =
  | { readonly statement: Statement; readonly fingerprint: string }
  /** The end of a sentence, such as `it has no signature`. */
  | { readonly fault: string }

const largestSignature = 64 << 10

/**
 * Returns the signed statement about this object if its signature is valid: made by the key that it names, for this
 * object's key in the store, and by a trusted key if the store has trusted keys. The caller must compare the object
 * with the signed digest. Throws what the store throws.
 */
export async function readSignature(store: Store, key: string, signal?: AbortSignal): Promise<ReadSignature> {
  const read = await readText(store, key + signatureEnding, signal)
  if (typeof read !== 'string') return read
  const parsed = parseSignature(read)
  if (!parsed) return { fault: 'its signature is damaged' }
  const { signature, rest } = parsed
  if (signature.namespace !== namespace)
    return { fault: `its signature is for the namespace ${JSON.stringify(signature.namespace)}` }
  if (!isSignatureOf(Buffer.from(rest), signature)) return { fault: 'its signature does not match its statement' }
  const statement = parseStatement(rest)
  if (!statement) return { fault: 'the signed text is not a statement about a backup' }
  if (statement.subject.key !== key) return { fault: `its signature belongs to ${statement.subject.key}` }
  const fault = faultOfSigner(store, statement, signature)
  return fault === undefined ? { statement, fingerprint: fingerprintOf(signature.encodedPublicKey) } : { fault }
}

async function readText(store: Store, key: string, signal?: AbortSignal): Promise<string | { fault: string }> {
  try {
    return (await readObject(store, key, largestSignature, signal)) ?? { fault: 'it has no signature' }
  } catch (error) {
    if (asFailure(error).kind === 'integrity') return { fault: 'its signature is damaged' }
    throw error
  }
}

function faultOfSigner(
  store: Store,
  { subject, time }: Statement,
  { encodedPublicKey }: SshSignature,
): string | undefined {
  const { trusted, now } = store.signatures ?? {}
  if (!trusted || !now) return undefined
  const signed = new Date(time)
  const ahead = (signed.getTime() - now().getTime()) / 1000
  if (ahead > clockTolerance) return `it was signed ${formatDuration(ahead)} in the future`
  return distrust(trusted, { encodedPublicKey, name: backupOf(subject.key)?.name ?? '', time: signed })
}
