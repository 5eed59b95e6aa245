// Signatures of manifests and drill records
// An attacker with write access to a store forges manifests, drill records or signatures.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { makeSignedBackup, type SignedBackup, type SignedStore } from '../support/signed-store.ts'
import { copyFolder, forgeManifest, sha256File, signatureParts, signByHand } from '../support/signing.ts'

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

describe('signed and proven backup', () => {
  test('the backup passes the gate, is listed as trusted, passes checksum, and names its signing key', async () => {
    expect((await store.gate()).code).toBe(0)
    const { backups } = await store.listed()
    expect(backups).toMatchObject([{ id: signed.id, signature: { trusted: true }, drill: { verdict: 'proven' } }])
    const { code, stdout } = await store.run('checksum')
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(backups[0].signature.fingerprint),
    })
  })

  /** The commands of docs/signatures.md, for a backup in this store: of the signature, and of the payloads. */
  const byHand = (backupId: string, validity = ''): { signature: string; payloads: string } => {
    const keys = join(signed.folder, 'trusted_keys')
    writeFileSync(keys, `${signed.ours.trusted('shop', `namespaces="resguardo"${validity}`)}\n`)
    const blocks = readFileSync('docs/signatures.md', 'utf8').matchAll(/<!-- executed by [^\n]* -->\n```sh\n(.*?)```/gs)
    const [signature = '', payloads = ''] = [...blocks].map(([, commands = '']) => commands)
    const ofThis = signature
      .replace(/^keys=.*/m, `keys=${keys}`)
      .replace(/^file=.*/m, `file=shop/${backupId}/manifest.json`)
    expect(ofThis).toContain(backupId)
    return { signature: ofThis, payloads: `cd shop/${backupId}\n${payloads}` }
  }
  const bash = (script: string) =>
    spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: store.root, encoding: 'utf8' })

  test('the documented commands verify the signature and the payloads', () => {
    const { signature, payloads } = byHand(signed.id)
    expect(bash(signature).stdout).toMatch(/Good "resguardo" signature for shop.*\n.*manifest\.json: OK/)
    expect(bash(payloads)).toMatchObject({ status: 0, stdout: expect.stringContaining('database.dump.zst: OK') })
    writeFileSync(store.file('database.dump.zst'), 'other')
    expect(bash(payloads).status).not.toBe(0)
    writeFileSync(
      store.file('manifest.json'),
      readFileSync(store.file('manifest.json'), 'utf8').replace('scheduled', 'manual'),
    )
    expect(bash(signature).status).not.toBe(0)
  })

  test('the documented commands verify a signature that was made before its key expired', async () => {
    await new Promise((done) => setTimeout(done, 1100))
    const end = `${new Date().toISOString().replace(/\..*|[-T:]/g, '')}Z`
    expect(bash(byHand(signed.id, `,valid-before="${end}"`).signature)).toMatchObject({ status: 0 })
    expect(bash(byHand(signed.id, ',valid-before="20200101000000Z"').signature).status).not.toBe(0)
  })

  test('the documented commands refuse a valid signature under the ID of another backup', () => {
    const other = '20261124T020005Z-platform-scheduled-7f3a9c'
    cpSync(join(store.root, 'shop', signed.id), join(store.root, 'shop', other), { recursive: true })
    expect(bash(byHand(other).signature).status).not.toBe(0)
  })

  test('ssh-keygen and sha256sum alone verify the manifest and the drill record', () => {
    const by = (file: string): void => {
      const { armor, statement } = signatureParts(join(store.root, `${file}.sig`))
      expect(armor).toMatch(/^-----BEGIN SSH SIGNATURE-----\n/)
      writeFileSync(join(signed.folder, 'trusted_keys'), `${signed.ours.trusted('shop', 'namespaces="resguardo"')}\n`)
      writeFileSync(join(signed.folder, 'statement'), statement)
      const verify = [
        '-Y',
        'verify',
        '-f',
        join(signed.folder, 'trusted_keys'),
        '-I',
        'shop',
        '-n',
        'resguardo',
        '-s',
        join(store.root, `${file}.sig`),
      ]
      expect(execFileSync('ssh-keygen', verify, { input: statement, encoding: 'utf8' })).toContain(
        'Good "resguardo" signature for shop',
      )
      expect(
        execFileSync('sha256sum', ['-c', join(signed.folder, 'statement')], { cwd: store.root, encoding: 'utf8' }),
      ).toContain(`${file}: OK`)
    }
    by(`shop/${signed.id}/manifest.json`)
    by(`shop/${signed.id}/drills/${store.drillFile()}`)
  })

  test('a signature made by ssh-keygen is accepted', async () => {
    const { statement } = signatureParts(store.file('manifest.json.sig'))
    writeFileSync(store.file('manifest.json.sig'), signByHand(signed.ours, statement) + statement)
    expect((await store.gate()).code).toBe(0)
  })
})

describe('forged backup', () => {
  test('an invalid dump with a matching forged manifest and forged drill record does not pass the gate', async () => {
    const garbage = execFileSync('zstd', ['-q', '-c'], { input: 'garbage' })
    const payload = store.dumpFile()
    writeFileSync(store.file(payload), garbage)
    const sha256 = sha256File(store.file(payload))
    forgeManifest(store.file(), ({ payloads }) => ({
      payloads: (payloads as { file: string }[]).map((each) =>
        each.file === payload ? { ...each, bytes: garbage.length, sha256, contentBytes: 7, prefixes: undefined } : each,
      ),
    }))
    writeFileSync(
      store.file('drills', '20990101T000000Z-proven.json'),
      JSON.stringify({
        ...{ format: 'resguardo-drill/1', backup: signed.id, name: 'shop', verdict: 'proven' },
        manifestSha256: sha256File(store.file('manifest.json')),
      }),
    )
    const { code, document } = await store.gate()
    expect(code).toBe(3)
    expect(JSON.stringify(document)).toContain('changed after it was signed')
  })

  test.each(['migration-gate', 'restore', 'test-restore', 'checksum', 'pin', 'upload'])(
    'a backup whose manifest has no signature is refused, and the error says so: %s',
    async (command) => {
      rmSync(store.file('manifest.json.sig'))
      const more: Record<string, string[]> = {
        'migration-gate': ['--database-url', signed.url],
        restore: ['--database-url', signed.url, '--dry-run'],
        pin: ['--reason', 'audit'],
        upload: ['--from', `file:${store.root}`, '--to', `file:${store.root}-copy`],
      }
      const { code, stdout, stderr } = await store
        .run(command, more[command], { sign: signed.ours })
        .then(async (first) =>
          command === 'upload'
            ? resguardo(['upload', ...(more.upload ?? [])], { RESGUARDO_TRUSTED_KEYS: signed.ours.trusted('shop') })
            : first,
        )
      expect(code).toBe(command === 'migration-gate' ? 3 : 4)
      expect(stdout + stderr).toContain('it has no signature')
      expect(stdout + stderr).not.toContain('it has no signature;')
    },
  )

  test('a backup with a valid signature of an untrusted key is not restored', async () => {
    const { statement } = signatureParts(store.file('manifest.json.sig'))
    writeFileSync(store.file('manifest.json.sig'), signByHand(signed.stranger, statement) + statement)
    const { code, stderr } = await store.run('restore', ['--database-url', signed.url, '--dry-run'])
    expect(code).toBe(4)
    expect(stderr).toContain('is not among the trusted keys')
  })

  test('restore skips a newer forged backup and selects the newest trusted backup', async () => {
    copyFolder(store.file(), join(store.root, 'shop', signed.laterId(0.5)))
    const { code, stdout, stderr } = await store.run('restore', ['--database-url', signed.url, '--dry-run'])
    expect({ code, takes: stdout.includes(signed.id) }).toEqual({ code: 0, takes: true })
    expect(stderr).toMatch(/Skipped the newer backup \S+: not trusted/)
  })

  test('a forged backup whose ID has the same beginning does not make a short ID ambiguous', async () => {
    copyFolder(store.file(), join(store.root, 'shop', signed.id.replace(/[0-9a-f]{6}$/, 'ffffff')))
    const { code } = await store.run('restore', [
      '--database-url',
      signed.url,
      '--dry-run',
      '--backup',
      signed.id.slice(0, 16),
    ])
    expect(code).toBe(0)
  })

  test('a forged backup of another name does not make the backup name ambiguous', async () => {
    copyFolder(store.file(), join(store.root, 'other', signed.id))
    expect((await store.run('test-restore', [], { sign: signed.ours })).code).toBe(0)
  })
})

test('a copy made by upload without the signing key includes the signatures and is trusted', async () => {
  const parameters = ['upload', '--from', `file:${store.root}`, '--to', `file:${store.root}-copy`]
  expect((await resguardo(parameters, { RESGUARDO_TRUSTED_KEYS: signed.ours.trusted('shop') })).code).toBe(0)
  expect((await store.gate({ at: `${store.root}-copy` })).code).toBe(0)
})

test('upload replaces a forged signature at the destination with the correct one', async () => {
  const environment = { RESGUARDO_TRUSTED_KEYS: signed.ours.trusted('shop') }
  const parameters = ['upload', '--from', `file:${store.root}`, '--to', `file:${store.root}-copy`]
  expect((await resguardo(parameters, environment)).code).toBe(0)
  const place = join(`${store.root}-copy`, 'shop', signed.id, 'manifest.json.sig')
  const { statement } = signatureParts(place)
  writeFileSync(place, signByHand(signed.stranger, statement) + statement)
  expect((await resguardo(parameters, environment)).code).toBe(0)
  expect((await store.gate({ at: `${store.root}-copy` })).code).toBe(0)
})

test('checksum reports a signature that does not match, even if no trusted keys are configured', async () => {
  forgeManifest(store.file(), () => ({ notes: ['forged'] }))
  const { code, stderr } = await resguardo(['checksum', '--store', `file:${store.root}`])
  expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining('does not match its signature') })
})
