// Requires a valid signature of the bytes of a signed object.

import { signatureEnding } from '../../domain/backups/marks.ts'
import { Failure } from '../../domain/failures/failure.ts'
import type { Store } from '../../ports/common.ts'
import { readSignature } from './read-signature.ts'
import { sha256Of } from './write-signature.ts'

interface SignedObject {
  readonly key: string
  readonly text: string
  /** Keys of the backup's objects, if known. */
  readonly keys?: readonly { readonly key: string }[] | undefined
}

/**
 * If the store has trusted keys, throws a failure of kind integrity unless one of them signed the object. Otherwise an
 * existing signature must match the object: a mismatch reveals an accident or a simple forgery.
 */
export async function requireSignature(
  store: Store,
  { key, text, keys }: SignedObject,
  signal?: AbortSignal,
): Promise<void> {
  const isRequired = store.signatures?.trusted !== undefined
  if (!isRequired && !keys?.some((each) => each.key === key + signatureEnding)) return
  const found = await readSignature(store, key, signal)
  const fault = 'fault' in found ? found.fault : found.statement.subject.sha256 === sha256Of(text) ? undefined : changed
  if (fault === undefined) return
  if (isRequired) throw notTrusted(`${key} in ${store.address}`, fault)
  throw new Failure('signature/damaged', `${key} in ${store.address} does not match its signature: ${fault}`, {
    hint: 'Use another copy of this backup (another store), or another backup.',
  })
}

const changed = 'it was changed after it was signed'

/** The failure that names the untrusted object and the reason. */
export function notTrusted(what: string, fault: string): Failure {
  return new Failure('signature/not-trusted', `${what} is not trusted: ${fault}`, {
    hint: 'Use a backup that a trusted key signed (`resguardo list`), or see docs/signatures.md if the keys changed.',
  })
}
