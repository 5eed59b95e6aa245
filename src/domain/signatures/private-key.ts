// Reads an Ed25519 private key: OpenSSH's own format (PROTOCOL.key), or PKCS #8 in PEM. Unencrypted only.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { Failure } from '../failures/failure.ts'
import { encodePublicKey, keyType } from './public-key.ts'
import { SshReader } from './ssh-wire.ts'

export interface PrivateKey {
  readonly key: KeyObject
  /** The public half, in SSH's encoding. */
  readonly encodedPublicKey: Buffer
}

/**
 * Throws a failure of kind usage for an encrypted key, another type of key, or a text that is not a key. The message
 * never quotes the text.
 */
export function parsePrivateKey(text: string): PrivateKey {
  const pem = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----\s([\s\S]*?)-----END \1-----/.exec(unescaped(text))
  if (!pem) throw invalid('it is not a private key in OpenSSH or PEM format')
  const [whole, label = '', body = ''] = pem
  if (label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type:.*ENCRYPTED/m.test(body)) throw encrypted()
  return label === 'OPENSSH PRIVATE KEY' ? fromOpenSsh(Buffer.from(body, 'base64')) : fromPem(whole)
}

/** Environment variables of some systems contain a text of several lines as one line with `\n` in it. */
function unescaped(text: string): string {
  return text.trim().includes('\n') ? text : text.replaceAll('\\n', '\n')
}

function fromPem(pem: string): PrivateKey {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    throw invalid('it is damaged, or not a private key')
  }
  if (key.asymmetricKeyType !== 'ed25519') throw invalid(`its type is ${key.asymmetricKeyType}, not Ed25519`)
  return withPublicKey(key)
}

const magic = 'openssh-key-v1\0'
/** PKCS #8 in DER: the bytes before the 32 bytes of an Ed25519 key (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

function fromOpenSsh(bytes: Buffer): PrivateKey {
  try {
    const outer = new SshReader(bytes)
    if (outer.take(magic.length).toString('latin1') !== magic) throw invalid('it is damaged')
    const cipher = outer.string().toString('latin1')
    outer.string() // key derivation function
    outer.string() // its options
    if (cipher !== 'none') throw encrypted()
    if (outer.uint32() !== 1) throw invalid('it contains several keys')
    const encoded = outer.string()
    return fromPrivatePart(new SshReader(outer.string()), encoded)
  } catch (error) {
    throw error instanceof RangeError ? invalid('it is damaged') : error
  }
}

function fromPrivatePart(reader: SshReader, encoded: Buffer): PrivateKey {
  const check = reader.uint32()
  if (reader.uint32() !== check) throw invalid('it is damaged')
  const type = reader.string().toString('latin1')
  if (type !== keyType) throw invalid(`its type is ${type.replace(/[^\w@.-]/g, '?')}, not ${keyType}`)
  reader.string() // the public key, which is derived from the private one below
  const seed = reader.string().subarray(0, 32)
  if (seed.length !== 32) throw invalid('it is damaged')
  const found = withPublicKey(
    createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' }),
  )
  if (!found.encodedPublicKey.equals(encoded)) throw invalid('its public half belongs to another key')
  return found
}

function withPublicKey(key: KeyObject): PrivateKey {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
  return { key, encodedPublicKey: encodePublicKey(Buffer.from(x, 'base64url')) }
}

function invalid(why: string): Failure {
  return new Failure('signature/invalid-key', `could not read the signing key: ${why}`, {
    hint: 'Generate one outside of the repository with `ssh-keygen -t ed25519 -N "" -C resguardo -f ~/signing_key`, and give its path or its text.',
  })
}

function encrypted(): Failure {
  return new Failure('signature/encrypted-key', 'could not read the signing key: it is protected by a passphrase', {
    hint: 'Use a separate key for backups, without a passphrase, and keep it in a secret: `ssh-keygen -t ed25519 -N ""`.',
  })
}
