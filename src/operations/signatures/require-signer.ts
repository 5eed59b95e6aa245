// Verifies, before anything is signed, that the trusted keys accept the signing key.
import { Failure } from '../../domain/failures/failure.ts'
import { distrust } from '../../domain/signatures/allowed-signers.ts'
import type { Store } from '../../ports/common.ts'

/**
 * Throws a failure of kind usage if a store's trusted keys do not accept its own signing key for backups of this name.
 */
export function requireTrustedSigner(stores: readonly Store[], name: string): void {
  for (const { signatures } of stores) {
    if (!signatures?.key || !signatures.trusted) continue
    const { encodedPublicKey } = signatures.key
    const fault = distrust(signatures.trusted, { encodedPublicKey, name, time: signatures.now() })
    if (fault === undefined) continue
    throw new Failure('signature/untrusted-signer', `could not sign backups named ${name}: ${fault}`, {
      hint: 'Sign with a key that a line of the trusted keys accepts today for this name. See docs/signatures.md for keys that changed.',
    })
  }
}
