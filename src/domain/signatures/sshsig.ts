// Signatures in the SSHSIG format (OpenSSH's PROTOCOL.sshsig), which `ssh-keygen -Y sign` writes and `ssh-keygen -Y
// verify` verifies.
import { createHash, sign, verify } from 'node:crypto'
import type { PrivateKey } from './private-key.ts'
import { decodePublicKey, keyType, publicKeyObject } from './public-key.ts'
import { SshReader, sshString } from './ssh-wire.ts'

/** Prevents a signature that was made for another purpose from being accepted. */
export const namespace = 'resguardo'

const magic = 'SSHSIG'
const version = 1
const opening = '-----BEGIN SSH SIGNATURE-----'
const closing = '-----END SSH SIGNATURE-----'
const lineLength = 70

/** Signs a message. The text ends with a newline. */
export function signMessage(message: Uint8Array, { key, encodedPublicKey }: PrivateKey): string {
  const signature = sign(null, signedData(message, namespace, 'sha512'), key)
  const versionBytes = Buffer.alloc(4)
  versionBytes.writeUInt32BE(version)
  const blob = Buffer.concat([
    Buffer.from(magic),
    versionBytes,
    sshString(encodedPublicKey),
    sshString(namespace),
    sshString(''),
    sshString('sha512'),
    sshString(Buffer.concat([sshString(keyType), sshString(signature)])),
  ])
  const lines = blob.toString('base64').match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? []
  return `${[opening, ...lines, closing].join('\n')}\n`
}

/** The signed bytes: PROTOCOL.sshsig, section 3. */
function signedData(message: Uint8Array, forNamespace: string, hash: 'sha256' | 'sha512'): Buffer {
  const digest = createHash(hash).update(message).digest()
  return Buffer.concat([Buffer.from(magic), sshString(forNamespace), sshString(''), sshString(hash), sshString(digest)])
}

export interface SshSignature {
  /** In SSH's encoding. */
  readonly encodedPublicKey: Buffer
  readonly namespace: string
  readonly hash: 'sha256' | 'sha512'
  readonly signature: Buffer
}

/** Splits a text into the signature at its start and the rest; undefined if there is no well-formed signature. */
export function parseSignature(text: string): { readonly signature: SshSignature; readonly rest: string } | undefined {
  const end = text.indexOf(`\n${closing}\n`)
  if (!text.startsWith(`${opening}\n`) || end === -1) return undefined
  const body = text.slice(opening.length + 1, end)
  if (!/^[A-Za-z0-9+/\n]+={0,2}$/.test(body)) return undefined
  const signature = parseBlob(Buffer.from(body, 'base64'))
  return signature && { signature, rest: text.slice(end + closing.length + 2) }
}

function parseBlob(blob: Buffer): SshSignature | undefined {
  try {
    const reader = new SshReader(blob)
    if (reader.take(magic.length).toString('latin1') !== magic || reader.uint32() !== version) return undefined
    const encodedPublicKey = reader.string()
    const forNamespace = reader.string().toString('utf8')
    reader.string() // reserved
    const hash = reader.string().toString('latin1')
    const inner = new SshReader(reader.string())
    const type = inner.string().toString('latin1')
    const signature = inner.string()
    const isWhole = reader.rest().length === 0 && inner.rest().length === 0 && type === keyType
    if (!isWhole || (hash !== 'sha256' && hash !== 'sha512')) return undefined
    return { encodedPublicKey, namespace: forNamespace, hash, signature }
  } catch {
    return undefined
  }
}

/** Whether the signature is of this message, with the key and the namespace that it contains. Does not check trust. */
export function isSignatureOf(
  message: Uint8Array,
  { encodedPublicKey, namespace: named, hash, signature }: SshSignature,
): boolean {
  const bytes = decodePublicKey(encodedPublicKey)
  return bytes !== undefined && verify(null, signedData(message, named, hash), publicKeyObject(bytes), signature)
}
