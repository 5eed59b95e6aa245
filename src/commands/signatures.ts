// Signing and trusted keys as the inputs give them.
import type { Signatures } from '../domain/signatures/signatures.ts'
import type { Values } from '../inputs/kinds.ts'
import type { signingInputs, trustInputs } from '../inputs/shared.ts'
import { loadSigningKey, loadTrustedKeys } from '../operations/signatures/load-keys.ts'
import type { World } from './command.ts'

export type SignatureValues = Values<typeof trustInputs> & Partial<Values<typeof signingInputs>>

/** Undefined where neither signing nor verifying is asked for. Throws Failure('usage') for keys that cannot be used. */
export async function signaturesOf({ signKey, trustedKeys }: SignatureValues, world: World): Promise<Signatures | undefined> {
  if (signKey === undefined && trustedKeys.length === 0) return undefined
  const key = signKey === undefined ? undefined : await loadSigningKey(signKey)
  const trusted = trustedKeys.length === 0 ? undefined : await loadTrustedKeys(trustedKeys)
  return { ...(key && { key }), ...(trusted && { trusted }), now: () => world.clock.now() }
}

/** What is written without a signature does not count for those who ask for one: whoever trusts keys must sign as well. */
export function rulesOfSigning({ signKey, trustedKeys }: SignatureValues): string[] {
  if (trustedKeys.length === 0 || signKey !== undefined) return []
  return ['sign-key: with trusted-keys, what is written must be signed too, or it is not trusted']
}
