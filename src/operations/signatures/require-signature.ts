// What reading a signed object asks for: a valid signature of these very bytes.
import { Failure } from '../../domain/failure.ts'
import { signatureEnding } from '../../domain/marks.ts'
import type { Store } from '../ports.ts'
import { readSignature } from './read-signature.ts'
import { sha256Of } from './write-signature.ts'

export interface SignedObject {
  readonly key: string
  readonly text: string
  /** Keys of the backup, as far as they are known. */
  readonly keys?: readonly { readonly key: string }[] | undefined
}

/**
 * Where the store has trusted keys, throws Failure('integrity') unless one of them signed the object. Elsewhere a signature that is
 * there must at least be of this object: one that is not shows an accident or a clumsy forgery.
 */
export async function requireSignature(store: Store, { key, text, keys }: SignedObject, signal?: AbortSignal): Promise<void> {
  const isRequired = store.signatures?.trusted !== undefined
  if (!isRequired && !keys?.some((each) => each.key === key + signatureEnding)) return
  const found = await readSignature(store, key, signal)
  const fault = 'fault' in found ? found.fault : found.statement.subject.sha256 === sha256Of(text) ? undefined : changed
  if (fault === undefined) return
  if (isRequired) throw notTrusted(`${key} in ${store.address}`, fault)
  throw new Failure('signature/damaged', `${key} in ${store.address} does not fit its signature: ${fault}`, {
    hint: 'Use another copy of this backup (another store), or another backup.',
  })
}

const changed = 'it was changed after it was signed'

/** The failure that names what is not trusted, and why. */
export function notTrusted(what: string, fault: string): Failure {
  return new Failure('signature/not-trusted', `${what} is not trusted: ${fault}`, {
    hint: 'Use a backup that a trusted key signed (`resguardo list`), or see docs/signatures.md for keys that changed.',
  })
}
