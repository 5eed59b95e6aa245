// Attack class: somebody with write access to a store forges, moves, replays or removes manifests, drill records or pins.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import {
  copyFolder,
  forgeManifest,
  makeKey,
  onlyBackup,
  sha256File,
  signatureParts,
  signByHand,
  type TestKey,
} from '../support/signing.ts'

let server: TestPostgres
let folder: string
let url: string
let ours: TestKey
let staging: TestKey
let stranger: TestKey
let id: string
/** A store with one backup, signed and proven, and the copy of it that a test may change. */
let original: string
let root: string
let count = 0

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('signatures')
  ours = makeKey(folder, 'ours')
  staging = makeKey(folder, 'staging')
  stranger = makeKey(folder, 'stranger')
  url = await server.createDatabase('shop')
  await server.query(
    'shop',
    'CREATE TABLE product (id int PRIMARY KEY); INSERT INTO product SELECT generate_series(1, 50)',
  )
  original = join(folder, 'original')
  const made = await run('backup', ['--database-url', url, '--trigger', 'scheduled', '--keep-days', '30'], {
    at: original,
    sign: ours,
  })
  expect(made).toMatchObject({ code: 0 })
  id = onlyBackup(original, 'shop')
  const drilled = await run('test-restore', [], { at: original, sign: ours })
  expect(drilled).toMatchObject({ code: 0 })
})

afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(() => {
  count += 1
  root = join(folder, `store${count}`)
  cpSync(original, root, { recursive: true, preserveTimestamps: true })
})

interface Options {
  readonly at?: string
  readonly sign?: TestKey
  readonly trusted?: string
}

/** The command line; with our key trusted for shop unless told otherwise. */
function run(
  command: string,
  parameters: readonly string[] = [],
  { at = root, sign, trusted = ours.trusted('shop') }: Options = {},
) {
  return resguardo([command, ...parameters, '--store', `file:${at}`], {
    RESGUARDO_TRUSTED_KEYS: trusted,
    ...(sign && { RESGUARDO_SIGN_KEY: readFileSync(sign.path, 'utf8') }),
  })
}

const json = async (command: string, parameters: readonly string[] = [], options: Options = {}) => {
  const { stdout, code } = await run(command, [...parameters, '--json'], options)
  return { code, document: JSON.parse(stdout) }
}
const gate = (options: Options = {}) => json('migration-gate', ['--database-url', url, '--no-pin'], options)
const listed = async (options: Options = {}) => (await json('list', [], options)).document
const backup = (...parts: string[]): string => join(root, 'shop', id, ...parts)
const drillFile = (): string => readdirSync(backup('drills')).find((name) => name.endsWith('.json')) ?? ''
const keptUntil = (): string =>
  readdirSync(backup()).flatMap((name) => /^keep-until-(.*)$/.exec(name)?.[1] ?? [])[0] ?? ''
/** The id of a backup made so many hours later. */
const laterId = (hours: number): string => {
  const time = new Date(Date.now() + hours * 3_600_000).toISOString()
  return id.replace(/^\w+Z/, `${time.slice(0, 19).replaceAll(/[-:]/g, '')}Z`)
}

describe('a signed and proven backup', () => {
  test('passes the gate, is listed as trusted, is whole, and names the key that signed it', async () => {
    expect((await gate()).code).toBe(0)
    const { backups } = await listed()
    expect(backups).toMatchObject([{ id, signature: { trusted: true }, drill: { verdict: 'proven' } }])
    const { code, stdout } = await run('checksum')
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(backups[0].signature.fingerprint),
    })
  })

  /** The commands of docs/signatures.md, for a backup in this store: of the signature, and of the payloads. */
  const byHand = (backupId: string, validity = ''): { signature: string; payloads: string } => {
    const keys = join(folder, 'trusted_keys')
    writeFileSync(keys, `${ours.trusted('shop', `namespaces="resguardo"${validity}`)}\n`)
    const blocks = readFileSync('docs/signatures.md', 'utf8').matchAll(/<!-- executed by [^\n]* -->\n```sh\n(.*?)```/gs)
    const [signature = '', payloads = ''] = [...blocks].map(([, commands = '']) => commands)
    const ofThis = signature
      .replace(/^keys=.*/m, `keys=${keys}`)
      .replace(/^file=.*/m, `file=shop/${backupId}/manifest.json`)
    expect(ofThis).toContain(backupId)
    return { signature: ofThis, payloads: `cd shop/${backupId}\n${payloads}` }
  }
  const bash = (script: string) =>
    spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: root, encoding: 'utf8' })

  test('is verified by hand with the commands that the documentation shows', () => {
    const { signature, payloads } = byHand(id)
    expect(bash(signature).stdout).toMatch(/Good "resguardo" signature for shop.*\n.*manifest\.json: OK/)
    expect(bash(payloads)).toMatchObject({ status: 0, stdout: expect.stringContaining('database.dump.zst: OK') })
    writeFileSync(backup('database.dump.zst'), 'other')
    expect(bash(payloads).status).not.toBe(0)
    writeFileSync(backup('manifest.json'), readFileSync(backup('manifest.json'), 'utf8').replace('scheduled', 'manual'))
    expect(bash(signature).status).not.toBe(0)
  })

  test('is verified by hand after its key has expired, as it was signed before that', async () => {
    await new Promise((done) => setTimeout(done, 1100))
    const end = `${new Date().toISOString().replace(/\..*|[-T:]/g, '')}Z`
    expect(bash(byHand(id, `,valid-before="${end}"`).signature)).toMatchObject({ status: 0 })
    expect(bash(byHand(id, ',valid-before="20200101000000Z"').signature).status).not.toBe(0)
  })

  test('is not verified by hand under the ID of another backup, although its signature is valid', () => {
    const other = '20261124T020005Z-platform-scheduled-7f3a9c'
    cpSync(join(root, 'shop', id), join(root, 'shop', other), { recursive: true })
    expect(bash(byHand(other).signature).status).not.toBe(0)
  })

  test('is verified by hand with ssh-keygen and sha256sum alone, and so is its proof', () => {
    const by = (file: string): void => {
      const { armor, statement } = signatureParts(join(root, `${file}.sig`))
      expect(armor).toMatch(/^-----BEGIN SSH SIGNATURE-----\n/)
      writeFileSync(join(folder, 'trusted_keys'), `${ours.trusted('shop', 'namespaces="resguardo"')}\n`)
      writeFileSync(join(folder, 'statement'), statement)
      const verify = [
        '-Y',
        'verify',
        '-f',
        join(folder, 'trusted_keys'),
        '-I',
        'shop',
        '-n',
        'resguardo',
        '-s',
        join(root, `${file}.sig`),
      ]
      expect(execFileSync('ssh-keygen', verify, { input: statement, encoding: 'utf8' })).toContain(
        'Good "resguardo" signature for shop',
      )
      expect(execFileSync('sha256sum', ['-c', join(folder, 'statement')], { cwd: root, encoding: 'utf8' })).toContain(
        `${file}: OK`,
      )
    }
    by(`shop/${id}/manifest.json`)
    by(`shop/${id}/drills/${drillFile()}`)
  })

  test('may be signed by ssh-keygen itself: the format is that of OpenSSH', async () => {
    const { statement } = signatureParts(backup('manifest.json.sig'))
    writeFileSync(backup('manifest.json.sig'), signByHand(ours, statement) + statement)
    expect((await gate()).code).toBe(0)
  })
})

describe('a forged backup is not trusted', () => {
  test('the word garbage as the dump, with a fitting manifest and a forged proof, does not pass the gate', async () => {
    const garbage = execFileSync('zstd', ['-q', '-c'], { input: 'garbage' })
    const payload = readdirSync(backup()).find((name) => name.includes('.dump')) ?? ''
    writeFileSync(backup(payload), garbage)
    const sha256 = sha256File(backup(payload))
    forgeManifest(backup(), ({ payloads }) => ({
      payloads: (payloads as { file: string }[]).map((each) =>
        each.file === payload ? { ...each, bytes: garbage.length, sha256, contentBytes: 7, prefixes: undefined } : each,
      ),
    }))
    writeFileSync(
      backup('drills', '20990101T000000Z-proven.json'),
      JSON.stringify({
        ...{ format: 'resguardo-drill/1', backup: id, name: 'shop', verdict: 'proven' },
        manifestSha256: sha256File(backup('manifest.json')),
      }),
    )
    const { code, document } = await gate()
    expect(code).toBe(3)
    expect(JSON.stringify(document)).toContain('changed after it was signed')
  })

  test.each(['migration-gate', 'restore', 'test-restore', 'checksum', 'pin', 'upload'])(
    'a manifest without a signature is refused by %s, and the failure says so',
    async (command) => {
      rmSync(backup('manifest.json.sig'))
      const more: Record<string, string[]> = {
        'migration-gate': ['--database-url', url],
        restore: ['--database-url', url, '--dry-run'],
        pin: ['--reason', 'audit'],
        upload: ['--from', `file:${root}`, '--to', `file:${root}-copy`],
      }
      const { code, stdout, stderr } = await run(command, more[command], { sign: ours }).then(async (first) =>
        command === 'upload'
          ? resguardo(['upload', ...(more.upload ?? [])], { RESGUARDO_TRUSTED_KEYS: ours.trusted('shop') })
          : first,
      )
      expect(code).toBe(command === 'migration-gate' ? 3 : 4)
      expect(stdout + stderr).toContain('it has no signature')
      expect(stdout + stderr).not.toContain('it has no signature;')
    },
  )

  test('a backup signed by a key that nobody trusts is not restored, also where its signature is sound', async () => {
    const { statement } = signatureParts(backup('manifest.json.sig'))
    writeFileSync(backup('manifest.json.sig'), signByHand(stranger, statement) + statement)
    const { code, stderr } = await run('restore', ['--database-url', url, '--dry-run'])
    expect(code).toBe(4)
    expect(stderr).toContain('is not among the trusted keys')
  })

  test('a newer forgery is passed over, and restore takes the newest backup that is trusted', async () => {
    copyFolder(backup(), join(root, 'shop', laterId(0.5)))
    const { code, stdout, stderr } = await run('restore', ['--database-url', url, '--dry-run'])
    expect({ code, takes: stdout.includes(id) }).toEqual({ code: 0, takes: true })
    expect(stderr).toMatch(/Skipped the newer backup \S+: not trusted/)
  })

  test('a forged id that begins alike does not make the choice of a trusted backup ambiguous', async () => {
    copyFolder(backup(), join(root, 'shop', id.replace(/[0-9a-f]{6}$/, 'ffffff')))
    const { code } = await run('restore', ['--database-url', url, '--dry-run', '--backup', id.slice(0, 16)])
    expect(code).toBe(0)
  })

  test('a forged backup of another name does not make the name ambiguous', async () => {
    copyFolder(backup(), join(root, 'other', id))
    expect((await run('test-restore', [], { sign: ours })).code).toBe(0)
  })
})

describe('what is signed cannot be moved or replayed', () => {
  test('an old signed backup under a newer id is not trusted', async () => {
    const newer = laterId(0)
    copyFolder(backup(), join(root, 'shop', newer))
    forgeManifest(join(root, 'shop', newer), () => ({ id: newer }))
    rmSync(backup(), { recursive: true })
    const { code, document } = await gate()
    expect(code).toBe(3)
    expect(JSON.stringify(document)).toContain(`its signature belongs to shop/${id}/manifest.json`)
  })

  test('a signed backup under another name is not trusted, although the key is trusted for both names', async () => {
    mkdirSync(join(root, 'billing'))
    renameSync(backup(), join(root, 'billing', id))
    const { backups } = await listed({ trusted: ours.trusted('*') })
    expect(backups).toMatchObject([
      { name: 'billing', signature: { trusted: false, reason: expect.stringContaining('belongs to shop/') } },
    ])
  })

  test('a key that is trusted for staging signs nothing for production', async () => {
    const { statement } = signatureParts(backup('manifest.json.sig'))
    writeFileSync(backup('manifest.json.sig'), signByHand(staging, statement) + statement)
    const trusted = [ours.trusted('shop'), staging.trusted('staging,staging-*')].join('\n')
    const { backups } = await listed({ trusted })
    expect(backups).toMatchObject([
      { signature: { trusted: false, reason: expect.stringContaining('not trusted for backups named shop') } },
    ])
  })

  test('the proof of an earlier backup does not prove a later one', async () => {
    expect((await run('backup', ['--database-url', url], { sign: ours })).code).toBe(0)
    const later = readdirSync(join(root, 'shop')).find((name) => name !== id) ?? ''
    cpSync(backup('drills'), join(root, 'shop', later, 'drills'), { recursive: true })
    rmSync(backup(), { recursive: true })
    const { code, document } = await gate()
    expect(code).toBe(3)
    expect(JSON.stringify(document)).toContain('no drill has proven it')
  })

  test('the signature of a drill record is not one of a manifest', async () => {
    writeFileSync(backup('manifest.json.sig'), readFileSync(backup('drills', `${drillFile()}.sig`)))
    const { backups } = await listed()
    expect(backups).toMatchObject([
      { signature: { trusted: false, reason: expect.stringContaining('belongs to shop/') } },
    ])
  })

  test('a statement that names another file or digest is refused: the signature covers all of it', async () => {
    const { armor, statement } = signatureParts(backup('manifest.json.sig'))
    forgeManifest(backup(), () => ({ notes: ['forged'] }))
    writeFileSync(
      backup('manifest.json.sig'),
      armor + statement.replace(/^[0-9a-f]{64}/m, sha256File(backup('manifest.json'))),
    )
    const { backups } = await listed()
    expect(backups).toMatchObject([
      { signature: { trusted: false, reason: 'its signature does not match its statement' } },
    ])
  })

  test('a signature for another namespace, such as that of a git commit, is refused', async () => {
    const { statement } = signatureParts(backup('manifest.json.sig'))
    writeFileSync(backup('manifest.json.sig'), signByHand(ours, statement, 'git') + statement)
    const { backups } = await listed()
    expect(backups).toMatchObject([
      { signature: { trusted: false, reason: expect.stringContaining('namespace "git"') } },
    ])
  })

  test('other text that a trusted key signed is no statement about a backup', async () => {
    const text = `I promise that shop/${id}/manifest.json is fine\n`
    writeFileSync(backup('manifest.json.sig'), signByHand(ours, text) + text)
    const { backups } = await listed()
    expect(backups).toMatchObject([
      { signature: { trusted: false, reason: expect.stringContaining('not a statement') } },
    ])
  })

  test('a statement from the future is refused', async () => {
    const { statement } = signatureParts(backup('manifest.json.sig'))
    const text = statement.replace(/time: .*/, `time: ${new Date(Date.now() + 7_200_000).toISOString()}`)
    writeFileSync(backup('manifest.json.sig'), signByHand(ours, text) + text)
    const { backups } = await listed()
    expect(backups).toMatchObject([{ signature: { trusted: false, reason: expect.stringContaining('in the future') } }])
  })

  test('a payload that was swapped after the proof is refused by the drill, by the restore and by checksum', async () => {
    const payload = readdirSync(backup()).find((name) => name.includes('.dump')) ?? ''
    const bytes = readFileSync(backup(payload))
    bytes.fill(0, bytes.length >> 1)
    writeFileSync(backup(payload), bytes)
    const codes = [
      await run('checksum'),
      await run('test-restore', [], { sign: ours }),
      await run('restore', ['--database-url', url, '--confirm', 'shop']),
    ].map(({ code }) => code)
    expect(codes).toEqual([4, 4, 4])
  })
})

test('a proof does not pass the gate for a payload of the same size that was put in after it', async () => {
  const payload = readdirSync(backup()).find((name) => name.includes('.dump')) ?? ''
  writeFileSync(backup(payload), Buffer.alloc(readFileSync(backup(payload)).length))
  const later = new Date(Date.now() + 600_000)
  utimesSync(backup(payload), later, later)
  const { code, document } = await gate()
  expect(code).toBe(3)
  expect(JSON.stringify(document)).toContain('was written after the drill')
})

describe('marks that are not signed decide nothing', () => {
  test('a proof without a signature does not pass the gate', async () => {
    rmSync(backup('drills', `${drillFile()}.sig`))
    const { code, document } = await gate()
    expect(code).toBe(3)
    expect(JSON.stringify(document)).toContain('no drill has proven it')
  })

  test('a proof by a stranger does not pass the gate', async () => {
    const path = backup('drills', `${drillFile()}.sig`)
    const { statement } = signatureParts(path)
    writeFileSync(path, signByHand(stranger, statement) + statement)
    expect((await gate()).code).toBe(3)
  })

  test('a signed record that was edited to say proven does not pass the gate', async () => {
    const path = backup('drills', drillFile())
    writeFileSync(path, readFileSync(path, 'utf8').replace('"rows": 50', '"rows": 51'))
    expect((await gate()).code).toBe(3)
  })

  test('a forged failed drill and a forged suspect mark do not disqualify a good backup', async () => {
    writeFileSync(backup('drills', '20990101T000000Z-failed.json'), '{}')
    writeFileSync(backup('suspect'), '')
    expect((await gate()).code).toBe(0)
  })

  test('removing the suspect mark does not make a suspect backup good: its signed statement says it', async () => {
    await server.query('shop', 'CREATE TABLE many AS SELECT generate_series(1, 5000) AS n')
    expect((await run('backup', ['--database-url', url], { sign: ours })).code).toBe(0)
    await server.query('shop', 'DROP TABLE many')
    expect((await run('backup', ['--database-url', url], { sign: ours })).code).toBe(0)
    const suspect =
      readdirSync(join(root, 'shop')).find((each) => existsSync(join(root, 'shop', each, 'suspect'))) ?? ''
    rmSync(join(root, 'shop', suspect, 'suspect'))
    const { backups } = await listed()
    expect(backups.find((each: { id: string }) => each.id === suspect)).toMatchObject({
      suspect: true,
      signature: { trusted: true },
    })
  })
})

describe('retention', () => {
  test('forged backups never take the place of a signed one', async () => {
    for (let n = 1; n < 7; n += 1) copyFolder(backup(), join(root, 'shop', laterId(n / 100)))
    const { document } = await json('prune', ['--dry-run', '--keep-at-least', '1', '--keep-last', '1'])
    const kept = document.stores[0].plan.find((each: { id: string }) => each.id === id)
    expect(kept).toMatchObject({
      action: 'keep',
      reasons: expect.arrayContaining(['last 1 of 1', 'newest good backup']),
    })
    expect(document.stores[0].warnings.join()).toContain('6 backups not trusted')
    const forged = document.stores[0].plan.filter((each: { id: string }) => each.id !== id)
    expect(forged.every((each: { signature?: { trusted: boolean } }) => each.signature?.trusted === false)).toBe(true)
  })

  test('a forged keep-until day does not shorten the days that were signed', async () => {
    for (const name of readdirSync(backup())) if (name.startsWith('keep-until-')) rmSync(backup(name))
    writeFileSync(backup('keep-until-2020-01-01'), '')
    const { backups } = await listed()
    expect(backups[0].keepUntil > new Date().toISOString()).toBe(true)
  })

  test('a pin without a signature keeps its backup, and is shown for what it is', async () => {
    mkdirSync(backup('pins'))
    writeFileSync(backup('pins', 'audit'), '')
    writeFileSync(backup('pins', 'x'.repeat(230)), '')
    const { stdout, code } = await run('prune', ['--dry-run'])
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('(not signed): audit') })
    expect((await run('pin', ['--reason', 'release'], { sign: ours })).code).toBe(0)
    expect((await run('list')).stdout).toContain('pinned: release')
    expect((await run('pin', ['--reason', 'release'], { sign: ours })).code).toBe(0)
  })
})

describe('keys and their validity', () => {
  test('a key is refused after the day until which it was valid, and backups that it signed before stay trusted', async () => {
    const time = (offset: number) =>
      new Date(Date.now() + offset).toISOString().replaceAll(/[-:T]/g, '').replace(/\.\d+/, '')
    const ended = ours.trusted('shop', `valid-before="${time(-86_400_000)}"`)
    expect((await listed({ trusted: ended })).backups[0].signature.reason).toContain('was not valid at')
    const ends = ours.trusted(
      'shop',
      `namespaces="resguardo",valid-after="20200101Z",valid-before="${time(86_400_000)}"`,
    )
    expect((await listed({ trusted: ends })).backups[0].signature).toMatchObject({ trusted: true })
    const rotated = [ends, stranger.trusted('shop', `valid-after="${time(0)}"`)].join('\n')
    expect((await listed({ trusted: rotated })).backups[0].signature).toMatchObject({ trusted: true })
  })

  test('a backup from before is trusted once it was verified and signed, and a damaged one is not signed', async () => {
    for (const file of ['manifest.json.sig', join('drills', `${drillFile()}.sig`)]) rmSync(backup(file))
    const parameters = ['sign', id, '--store', `file:${root}`, '--sign-key', ours.path]
    expect((await resguardo(parameters, { RESGUARDO_TRUSTED_KEYS: ours.trusted('shop') })).code).toBe(0)
    expect((await listed()).backups).toMatchObject([{ signature: { trusted: true }, drill: null }])
    expect((await resguardo([...parameters.slice(0, -1), stranger.path])).code).toBe(0)
    expect((await listed()).backups).toMatchObject([{ signature: { trusted: false } }])
    rmSync(backup('manifest.json.sig'))
    const payload = readdirSync(backup()).find((name) => name.includes('.dump')) ?? ''
    writeFileSync(backup(payload), 'garbage')
    expect((await resguardo(parameters)).code).toBe(4)
    expect(existsSync(backup('manifest.json.sig'))).toBe(false)
  })

  test('a forged copy in one store is not signed together with the good copy in another', async () => {
    const other = join(folder, `other${count}`)
    cpSync(root, other, { recursive: true, preserveTimestamps: true })
    forgeManifest(join(other, 'shop', id), () => ({ notes: ['forged'] }))
    for (const at of [root, other]) rmSync(join(at, 'shop', id, 'manifest.json.sig'))
    for (const at of [root, other]) rmSync(join(at, 'shop', id, 'drills'), { recursive: true })
    const { code, stdout } = await resguardo([
      ...['sign', id, '--json', '--sign-key', ours.path, '--store', `file:${root}`, '--store', `file:${other}`],
    ])
    expect({ code, error: JSON.parse(stdout).error.code }).toEqual({ code: 4, error: 'manifest/differs' })
    for (const at of [root, other]) expect(existsSync(join(at, 'shop', id, 'manifest.json.sig'))).toBe(false)
  })

  test('a keep-until day that a writer of the store added is not signed, so that it does not shorten the life of the backup', async () => {
    for (const file of ['manifest.json.sig', 'drills', `keep-until-${keptUntil()}`])
      rmSync(backup(file), { recursive: true })
    writeFileSync(backup('keep-until-2020-01-01'), '')
    expect((await resguardo(['sign', id, '--store', `file:${root}`, '--sign-key', ours.path])).code).toBe(0)
    expect(signatureParts(backup('manifest.json.sig')).statement).not.toContain('keep-until')
    expect(readdirSync(backup('pins'))).toContain('kept%20by%20its%20run-until-2020-01-01')
  })

  test('a backup is not made with a key that the trusted keys would refuse', async () => {
    const { code, stderr } = await run('backup', ['--database-url', url], { sign: stranger })
    expect(code).toBe(2)
    expect(stderr).toContain('is not among the trusted keys')
    expect(readdirSync(join(root, 'shop'))).toEqual([id])
  })

  test.each([
    ['cert-authority', (key: TestKey) => key.trusted('shop', 'cert-authority')],
    ['a time without Z', (key: TestKey) => key.trusted('shop', 'valid-before="20300101"')],
    ['an e-mail address in place of a name', (key: TestKey) => key.trusted('ops@example.com')],
    ['an RSA key', () => 'shop ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ'],
    ['a quotation mark without its pair', (key: TestKey) => `"${key.trusted('shop')}`],
    ['an unknown option', (key: TestKey) => key.trusted('shop', 'verify-required')],
    ['nothing but keys for git', (key: TestKey) => key.trusted('shop', 'namespaces="git"')],
  ])('trusted keys with %s are refused and not ignored', async (_, line) => {
    const { code, stderr } = await run('list', [], { trusted: line(ours) })
    expect(code).toBe(2)
    expect(stderr).toContain('code: signature/invalid-trusted-keys')
  })

  test('with trusted keys, a backup that would not be signed is refused before it is made', async () => {
    expect((await run('backup', ['--database-url', url])).code).toBe(2)
  })
})

describe('the signing key', () => {
  test('is in no log, no argument, no environment of a user command and no stored file', async () => {
    const secret = readFileSync(ours.path, 'utf8').split('\n')[2] ?? ''
    const { code, stdout, stderr } = await run('test-restore', ['--debug', '--check-command', 'env; ps -eo args'], {
      sign: ours,
    })
    expect(code).toBe(0)
    expect(secret.length).toBeGreaterThan(60)
    for (const text of [stdout, stderr]) expect(text).not.toMatch(/PRIVATE KEY|RESGUARDO_SIGN_KEY/)
    const found = spawnSync('grep', ['-rlF', '-e', secret, root], { encoding: 'utf8' })
    expect(found).toMatchObject({ status: 1, stdout: '' })
  })

  test('is refused if it has a passphrase, is readable by others, or is of another type', async () => {
    const locked = join(folder, 'locked')
    if (!existsSync(locked))
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret passphrase', '-f', locked])
    const rsa = join(folder, 'rsa')
    if (!existsSync(rsa)) execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', rsa])
    const open = join(folder, 'open')
    writeFileSync(open, readFileSync(ours.path), { mode: 0o644 })
    const sentences: string[] = []
    for (const path of [locked, rsa, open, join(folder, 'none')]) {
      const parameters = ['backup', '--database-url', url, '--store', `file:${root}`, '--sign-key', path]
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

test('upload copies signatures, and the copy is trusted without the key', async () => {
  const parameters = ['upload', '--from', `file:${root}`, '--to', `file:${root}-copy`]
  expect((await resguardo(parameters, { RESGUARDO_TRUSTED_KEYS: ours.trusted('shop') })).code).toBe(0)
  expect((await gate({ at: `${root}-copy` })).code).toBe(0)
})

test('a forged signature at the destination does not keep upload from bringing the right one', async () => {
  const environment = { RESGUARDO_TRUSTED_KEYS: ours.trusted('shop') }
  const parameters = ['upload', '--from', `file:${root}`, '--to', `file:${root}-copy`]
  expect((await resguardo(parameters, environment)).code).toBe(0)
  const place = join(`${root}-copy`, 'shop', id, 'manifest.json.sig')
  const { statement } = signatureParts(place)
  writeFileSync(place, signByHand(stranger, statement) + statement)
  expect((await resguardo(parameters, environment)).code).toBe(0)
  expect((await gate({ at: `${root}-copy` })).code).toBe(0)
})

test('files put next to the signed backups of some tenants do not let prune remove the only backup of one', async () => {
  const tables = `CREATE TABLE "Tenant" (id text PRIMARY KEY); INSERT INTO "Tenant" VALUES ('a'), ('b')`
  const database = await server.createDatabase('saas')
  await server.query('saas', tables)
  const at = `${root}-tenants`
  for (const tenant of ['a', 'b']) {
    const asked = ['--kind', 'tenant', '--tenant', tenant, '--trigger', 'scheduled', '--database-url', database]
    expect(await run('backup', asked, { at, sign: ours, trusted: ours.trusted('*') })).toMatchObject({ code: 0 })
  }
  const [of = ''] = readdirSync(at)
  for (const each of readdirSync(join(at, of))) {
    for (const tenant of ['a', 'b']) writeFileSync(join(at, of, each, 'tenants', `${tenant}.zip`), '', { flag: 'a' })
  }
  const policy = ['--retention-days', '0', '--keep-at-least', '1', '--dry-run']
  const { document } = await json('prune', policy, { at, trusted: ours.trusted('*') })
  expect(document.stores[0].plan.map(({ action }: { action: string }) => action)).toEqual(['keep', 'keep'])
})

test('checksum names a signature that does not fit, also where no keys are trusted', async () => {
  forgeManifest(backup(), () => ({ notes: ['forged'] }))
  const { code, stderr } = await resguardo(['checksum', '--store', `file:${root}`])
  expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining('does not match its signature') })
})
