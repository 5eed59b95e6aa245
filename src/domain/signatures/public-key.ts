// An Ed25519 public key in SSH's encoding, and its fingerprint.
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { SshReader, sshString } from './ssh-wire.ts'

export const keyType = 'ssh-ed25519'
const keyBytes = 32

/** Encodes the 32 bytes of a key: the second field of a `.pub` file, before Base64. */
export function encodePublicKey(bytes: Uint8Array): Buffer {
  return Buffer.concat([sshString(keyType), sshString(bytes)])
}

/** Returns the 32 bytes of an encoded key; undefined for another type of key and for anything else. */
export function decodePublicKey(encoded: Uint8Array): Buffer | undefined {
  try {
    const reader = new SshReader(encoded)
    const type = reader.string().toString('latin1')
    const bytes = reader.string()
    return type === keyType && bytes.length === keyBytes && reader.rest().length === 0 ? bytes : undefined
  } catch {
    return undefined
  }
}

/** `SHA256:…`, as `ssh-keygen -l` shows it. */
export function fingerprintOf(encoded: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(encoded).digest('base64').replace(/=+$/, '')}`
}

/** Returns the key as node:crypto needs it. */
export function publicKeyObject(bytes: Uint8Array): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(bytes).toString('base64url') },
    format: 'jwk',
  })
}
