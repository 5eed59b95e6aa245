// Loads the signing key and the trusted keys from the inputs.
import type { Signatures } from '../domain/signatures/signatures.ts'
import type { Values } from '../inputs/kinds.ts'
import type { signingInputs, trustInputs } from '../inputs/shared.ts'
import { loadSigningKey, loadTrustedKeys } from '../operations/signatures/load-keys.ts'
import type { World } from './command.ts'

export type SignatureValues = Values<typeof trustInputs> & Partial<Values<typeof signingInputs>>

/** Returns undefined if neither key is given. Throws a failure of kind usage for invalid keys. */
export async function signaturesOf(
  { signKey, trustedKeys }: SignatureValues,
  world: World,
): Promise<Signatures | undefined> {
  if (signKey === undefined && trustedKeys.length === 0) return undefined
  const key = signKey === undefined ? undefined : await loadSigningKey(signKey)
  const trusted = trustedKeys.length === 0 ? undefined : await loadTrustedKeys(trustedKeys)
  return { ...(key && { key }), ...(trusted && { trusted }), now: () => world.clock.now() }
}

/** Unsigned objects do not count for commands with trusted keys, so such commands must also sign. */
export function rulesOfSigning({ signKey, trustedKeys }: SignatureValues): string[] {
  if (trustedKeys.length === 0 || signKey !== undefined) return []
  return ['--sign-key is missing, but --trusted-keys is set: unsigned backups, drill records and pins are not trusted']
}
