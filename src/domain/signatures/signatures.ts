// The signing key and the trusted keys of a store.
import type { TrustedKey } from './allowed-signers.ts'
import type { PrivateKey } from './private-key.ts'

export interface Signatures {
  /** Signs manifests, drill records and pins; absent: they are not signed. */
  readonly key?: PrivateKey
  /** Absent: nothing needs to be signed. Empty: nothing is trusted. */
  readonly trusted?: readonly TrustedKey[]
  now(): Date
}
