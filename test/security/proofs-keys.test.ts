// Signing keys and trusted keys
// An attacker uses an untrusted or expired key, or obtains the signing key.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { makeSignedBackup, type SignedBackup, type SignedStore } from '../support/signed-store.ts'
import { forgeManifest, signatureParts, type TestKey } from '../support/signing.ts'

let signed: SignedBackup
/** The copy of the store that one test changes. */
let store: SignedStore

beforeAll(async () => {
  signed = await makeSignedBackup()
})

afterAll(() => signed?.stop())

beforeEach(() => {
  store = signed.copyStore()
})

describe('validity of keys', () => {
  test("a signature made after a key's expiry date is refused, and earlier signatures remain trusted", async () => {
    const time = (offset: number) =>
      new Date(Date.now() + offset).toISOString().replaceAll(/[-:T]/g, '').replace(/\.\d+/, '')
    const ended = signed.ours.trusted('shop', `valid-before="${time(-86_400_000)}"`)
    expect((await store.listed({ trusted: ended })).backups[0].signature.reason).toContain('was not valid at')
    const ends = signed.ours.trusted(
      'shop',
      `namespaces="resguardo",valid-after="20200101Z",valid-before="${time(86_400_000)}"`,
    )
    expect((await store.listed({ trusted: ends })).backups[0].signature).toMatchObject({ trusted: true })
    const rotated = [ends, signed.stranger.trusted('shop', `valid-after="${time(0)}"`)].join('\n')
    expect((await store.listed({ trusted: rotated })).backups[0].signature).toMatchObject({ trusted: true })
  })

  test('sign makes an older backup trusted if the backup is undamaged, and refuses a damaged one', async () => {
    for (const file of ['manifest.json.sig', join('drills', `${store.drillFile()}.sig`)]) rmSync(store.file(file))
    const parameters = ['sign', signed.id, '--store', `file:${store.root}`, '--sign-key', signed.ours.path]
    expect((await resguardo(parameters, { RESGUARDO_TRUSTED_KEYS: signed.ours.trusted('shop') })).code).toBe(0)
    expect((await store.listed()).backups).toMatchObject([{ signature: { trusted: true }, drill: null }])
    expect((await resguardo([...parameters.slice(0, -1), signed.stranger.path])).code).toBe(0)
    expect((await store.listed()).backups).toMatchObject([{ signature: { trusted: false } }])
    rmSync(store.file('manifest.json.sig'))
    const payload = store.dumpFile()
    writeFileSync(store.file(payload), 'garbage')
    expect((await resguardo(parameters)).code).toBe(4)
    expect(existsSync(store.file('manifest.json.sig'))).toBe(false)
  })

  test('a forged copy in one store is not signed when the valid copy in another store is signed', async () => {
    const other = `${store.root}-other`
    cpSync(store.root, other, { recursive: true, preserveTimestamps: true })
    forgeManifest(join(other, 'shop', signed.id), () => ({ notes: ['forged'] }))
    for (const at of [store.root, other]) rmSync(join(at, 'shop', signed.id, 'manifest.json.sig'))
    for (const at of [store.root, other]) rmSync(join(at, 'shop', signed.id, 'drills'), { recursive: true })
    const { code, stdout } = await resguardo([
      ...[
        'sign',
        signed.id,
        '--json',
        '--sign-key',
        signed.ours.path,
        '--store',
        `file:${store.root}`,
        '--store',
        `file:${other}`,
      ],
    ])
    expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 4, error: 'manifest/differs' })
    for (const at of [store.root, other])
      expect(existsSync(join(at, 'shop', signed.id, 'manifest.json.sig'))).toBe(false)
  })

  test('an added keep-until date is not signed, and does not shorten the retention of the backup', async () => {
    for (const file of ['manifest.json.sig', 'drills', `keep-until-${store.keptUntil()}`])
      rmSync(store.file(file), { recursive: true })
    writeFileSync(store.file('keep-until-2020-01-01'), '')
    expect(
      (await resguardo(['sign', signed.id, '--store', `file:${store.root}`, '--sign-key', signed.ours.path])).code,
    ).toBe(0)
    expect(signatureParts(store.file('manifest.json.sig')).statement).not.toContain('keep-until')
    expect(readdirSync(store.file('pins'))).toContain('kept%20by%20its%20run-until-2020-01-01')
  })

  test('a backup with a signing key that is not among the trusted keys is refused before the dump', async () => {
    const { code, stderr } = await store.run('backup', ['--database-url', signed.url], { sign: signed.stranger })
    expect(code).toBe(2)
    expect(stderr).toContain('is not among the trusted keys')
    expect(readdirSync(join(store.root, 'shop'))).toEqual([signed.id])
  })

  test.each([
    ['cert-authority', (key: TestKey) => key.trusted('shop', 'cert-authority')],
    ['a time without Z', (key: TestKey) => key.trusted('shop', 'valid-before="20300101"')],
    ['an e-mail address in place of a name', (key: TestKey) => key.trusted('ops@example.com')],
    ['an RSA key', () => 'shop ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ'],
    ['a quotation mark without its pair', (key: TestKey) => `"${key.trusted('shop')}`],
    ['an unknown option', (key: TestKey) => key.trusted('shop', 'verify-required')],
    ['nothing but keys for git', (key: TestKey) => key.trusted('shop', 'namespaces="git"')],
  ])('invalid trusted keys are refused instead of ignored: %s', async (_, line) => {
    const { code, stderr } = await store.run('list', [], { trusted: line(signed.ours) })
    expect(code).toBe(2)
    expect(stderr).toContain('code: signature/invalid-trusted-keys')
  })

  test('a backup without a signing key is refused before the dump if trusted keys are configured', async () => {
    expect((await store.run('backup', ['--database-url', signed.url])).code).toBe(2)
  })
})

describe('confidentiality of the signing key', () => {
  test("the key appears in no log, process argument, user command's environment or stored file", async () => {
    const secret = readFileSync(signed.ours.path, 'utf8').split('\n')[2] ?? ''
    const { code, stdout, stderr } = await store.run(
      'test-restore',
      ['--debug', '--check-command', 'env; ps -eo args'],
      {
        sign: signed.ours,
      },
    )
    expect(code).toBe(0)
    expect(secret.length).toBeGreaterThan(60)
    for (const text of [stdout, stderr]) expect(text).not.toMatch(/PRIVATE KEY|RESGUARDO_SIGN_KEY/)
    const found = spawnSync('grep', ['-rlF', '-e', secret, store.root], { encoding: 'utf8' })
    expect(found).toMatchObject({ status: 1, stdout: '' })
  })

  test('a key with a passphrase, with permissions for others, or of an unsupported type is refused', async () => {
    const locked = join(signed.folder, 'locked')
    if (!existsSync(locked))
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret passphrase', '-f', locked])
    const rsa = join(signed.folder, 'rsa')
    if (!existsSync(rsa)) execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', rsa])
    const open = join(signed.folder, 'open')
    writeFileSync(open, readFileSync(signed.ours.path), { mode: 0o644 })
    const sentences: string[] = []
    for (const path of [locked, rsa, open, join(signed.folder, 'none')]) {
      const parameters = ['backup', '--database-url', signed.url, '--store', `file:${store.root}`, '--sign-key', path]
      const { code, stderr } = await resguardo(parameters)
      expect(code).toBe(2)
      sentences.push(stderr.split('\n').find((line) => line.startsWith('error:')) ?? '')
    }
    expect(sentences.map((text) => /passphrase|not ssh-ed25519|other users|ENOENT/.exec(text)?.[0])).toEqual([
      'passphrase',
      'not ssh-ed25519',
      'other users',
      'ENOENT',
    ])
  })
})
