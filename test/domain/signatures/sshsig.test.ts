import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parsePrivateKey } from '../../../src/domain/signatures/private-key.ts'
import { encodePublicKey, fingerprintOf } from '../../../src/domain/signatures/public-key.ts'
import { SshReader, sshString } from '../../../src/domain/signatures/ssh-wire.ts'
import { isSignatureOf, parseSignature, signMessage } from '../../../src/domain/signatures/sshsig.ts'

/** `printf 'hello\n' | ssh-keygen -Y sign -n resguardo`, by OpenSSH 9.2. */
const byOpenSsh = `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgKLX9nfjevuWjyf6Px36USHFHgm
wV5HfWAXSCyuh1eRMAAAAJcmVzZ3VhcmRvAAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1l
ZDI1NTE5AAAAQOecLwATY5Tqk4VKghn6bXLmcFDWrID/vvNmxTnEI8UjS8POD20PJLsGrV
TQTkAOSRgG4RL5XlOQJlHreptoYgQ=
-----END SSH SIGNATURE-----
`
const hello = Buffer.from('hello\n')
const { privateKey } = generateKeyPairSync('ed25519')
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()

/** OpenSSH's own format of a key, as PROTOCOL.key describes it. */
function openSshKey(change: { cipher?: string; type?: string; other?: boolean; cut?: number } = {}): string {
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' })
  const [seed, bytes] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  const check = Buffer.from([1, 2, 3, 4])
  const type = change.type ?? 'ssh-ed25519'
  const secret = [
    check,
    check,
    sshString(type),
    sshString(bytes),
    sshString(Buffer.concat([seed, bytes])),
    sshString('comment'),
  ]
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[sshString(change.cipher ?? 'none'), sshString(change.cipher ? 'bcrypt' : 'none'), sshString('')],
    Buffer.from([0, 0, 0, 1]),
    sshString(encodePublicKey(change.other ? Buffer.alloc(32, 7) : bytes)),
    sshString(Buffer.concat(secret)),
  ])
  const text = blob.subarray(0, blob.length - (change.cut ?? 0)).toString('base64')
  const [begin, end] = ['BEGIN', 'END'].map((word) => `-----${word} OPENSSH PRIVATE ${'KEY'}-----`)
  return `${begin}\n${text.match(/.{1,70}/g)?.join('\n')}\n${end}\n`
}

describe('an SSH signature', () => {
  test('a signature by OpenSSH is parsed and verified', () => {
    const { signature, rest } = parseSignature(`${byOpenSsh}rest`) ?? {}
    expect(signature && fingerprintOf(signature.encodedPublicKey)).toBe(
      'SHA256:YwP0xZg3IwmQIBV+2UojVt9L+Ogf6QYb5bl04Z/1RD0',
    )
    expect({ rest, namespace: signature?.namespace, hash: signature?.hash }).toEqual({
      rest: 'rest',
      namespace: 'resguardo',
      hash: 'sha512',
    })
    expect(signature && isSignatureOf(hello, signature)).toBe(true)
    expect(signature && isSignatureOf(Buffer.from('hello'), signature)).toBe(false)
  })

  test('a signature by Resguardo has the same format, and a flipped bit makes it invalid', () => {
    const text = signMessage(hello, parsePrivateKey(pem))
    expect(text.split('\n').map((line) => line.length)).toEqual(byOpenSsh.split('\n').map((line) => line.length))
    const body = Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64')
    for (let at = 0; at < body.length; at += 1) {
      const changed = Buffer.from(body)
      changed.writeUInt8((changed[at] ?? 0) ^ 1, at)
      const found = parseSignature(
        `-----BEGIN SSH SIGNATURE-----\n${changed.toString('base64')}\n-----END SSH SIGNATURE-----\n`,
      )
      expect(found && isSignatureOf(hello, found.signature), `byte ${at}`).toBeFalsy()
    }
  })

  test.each([
    '',
    'hello',
    `\n${byOpenSsh}`,
    byOpenSsh.replace('SSH', 'PGP'),
    byOpenSsh.replace('U1N', '!!!'),
    byOpenSsh.slice(0, 200),
  ])('no signature is found in other text (case %#)', (text) => {
    expect(parseSignature(text)).toBeUndefined()
  })
})

describe('a private key', () => {
  test('a key is parsed from PKCS #8 and from the OpenSSH format, also on one line with \\n', () => {
    const keys = [pem, openSshKey(), openSshKey().replaceAll('\n', '\\n'), openSshKey().replaceAll('\n', '\r\n')].map(
      parsePrivateKey,
    )
    const signatures = keys.map((key) => signMessage(hello, key))
    expect(new Set(signatures).size).toBe(1)
  })

  test.each([
    ['is encrypted', openSshKey({ cipher: 'aes256-ctr' }), 'signature/encrypted-key'],
    ['is encrypted in PEM', pem.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'), 'signature/encrypted-key'],
    ['is of another type', openSshKey({ type: 'ssh-rsa' }), 'signature/invalid-key'],
    ['has the public half of another key', openSshKey({ other: true }), 'signature/invalid-key'],
    ['is truncated', openSshKey({ cut: 90 }), 'signature/invalid-key'],
    ['is a public key', 'ssh-ed25519 AAAA', 'signature/invalid-key'],
    ['is damaged PEM', pem.replace(/\n.{8}/, '\nAAAAAAAA'), 'signature/invalid-key'],
  ])('a key that %s is refused, and the error does not contain it', (_, text, code) => {
    let failure: unknown
    try {
      parsePrivateKey(text)
    } catch (error) {
      failure = error
    }
    expect(failure).toMatchObject({ code })
    expect(String((failure as Error).message)).not.toMatch(/[A-Za-z0-9+/]{30}/)
  })
})

test('a truncated SSH string is an error, not a shorter text', () => {
  expect(() => new SshReader(sshString('abc').subarray(0, 6)).string()).toThrow(RangeError)
})
