// Replayed, moved and removed signatures
// An attacker with write access to a store moves, replays or removes manifests, drill records or marks.
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

describe('moved or replayed signatures', () => {
  test('a signed backup copied to a newer ID is not trusted', async () => {
    const newer = signed.laterId(0)
    copyFolder(store.file(), join(store.root, 'shop', newer))
    forgeManifest(join(store.root, 'shop', newer), () => ({ id: newer }))
    rmSync(store.file(), { recursive: true })
    const { code, document } = await store.gate()
    expect(code).toBe(3)
    expect(JSON.stringify(document)).toContain(`its signature belongs to shop/${signed.id}/manifest.json`)
  })

  test('a signed backup moved to another name is not trusted, even if its key is trusted for both names', async () => {
    mkdirSync(join(store.root, 'billing'))
    renameSync(store.file(), join(store.root, 'billing', signed.id))
    const { backups } = await store.listed({ trusted: signed.ours.trusted('*') })
    expect(backups).toMatchObject([
      { name: 'billing', signature: { trusted: false, reason: expect.stringContaining('belongs to shop/') } },
    ])
  })

  test('a backup signed with a key that is trusted only for another backup name is not trusted', async () => {
    const { statement } = signatureParts(store.file('manifest.json.sig'))
    writeFileSync(store.file('manifest.json.sig'), signByHand(signed.staging, statement) + statement)
    const trusted = [signed.ours.trusted('shop'), signed.staging.trusted('staging,staging-*')].join('\n')
    const { backups } = await store.listed({ trusted })
    expect(backups).toMatchObject([
      { signature: { trusted: false, reason: expect.stringContaining('not trusted for backups named shop') } },
    ])
  })

  test('a drill record copied from an earlier backup does not prove a later backup', async () => {
    expect((await store.run('backup', ['--database-url', signed.url], { sign: signed.ours })).code).toBe(0)
    const later = readdirSync(join(store.root, 'shop')).find((name) => name !== signed.id) ?? ''
    cpSync(store.file('drills'), join(store.root, 'shop', later, 'drills'), { recursive: true })
    rmSync(store.file(), { recursive: true })
    const { code, document } = await store.gate()
    expect(code).toBe(3)
    expect(JSON.stringify(document)).toContain('no drill has proven it')
  })

  test('a signature of a drill record is not accepted for a manifest', async () => {
    writeFileSync(store.file('manifest.json.sig'), readFileSync(store.file('drills', `${store.drillFile()}.sig`)))
    const { backups } = await store.listed()
    expect(backups).toMatchObject([
      { signature: { trusted: false, reason: expect.stringContaining('belongs to shop/') } },
    ])
  })

  test('a signed statement edited to name another file or digest is refused', async () => {
    const { armor, statement } = signatureParts(store.file('manifest.json.sig'))
    forgeManifest(store.file(), () => ({ notes: ['forged'] }))
    writeFileSync(
      store.file('manifest.json.sig'),
      armor + statement.replace(/^[0-9a-f]{64}/m, sha256File(store.file('manifest.json'))),
    )
    const { backups } = await store.listed()
    expect(backups).toMatchObject([
      { signature: { trusted: false, reason: 'its signature does not match its statement' } },
    ])
  })

  test('a signature for another namespace, such as that of a git commit, is refused', async () => {
    const { statement } = signatureParts(store.file('manifest.json.sig'))
    writeFileSync(store.file('manifest.json.sig'), signByHand(signed.ours, statement, 'git') + statement)
    const { backups } = await store.listed()
    expect(backups).toMatchObject([
      { signature: { trusted: false, reason: expect.stringContaining('namespace "git"') } },
    ])
  })

  test('a text of another format signed by a trusted key is refused', async () => {
    const text = `I promise that shop/${signed.id}/manifest.json is fine\n`
    writeFileSync(store.file('manifest.json.sig'), signByHand(signed.ours, text) + text)
    const { backups } = await store.listed()
    expect(backups).toMatchObject([
      { signature: { trusted: false, reason: expect.stringContaining('not a statement') } },
    ])
  })

  test('a signed statement dated in the future is refused', async () => {
    const { statement } = signatureParts(store.file('manifest.json.sig'))
    const text = statement.replace(/time: .*/, `time: ${new Date(Date.now() + 7_200_000).toISOString()}`)
    writeFileSync(store.file('manifest.json.sig'), signByHand(signed.ours, text) + text)
    const { backups } = await store.listed()
    expect(backups).toMatchObject([{ signature: { trusted: false, reason: expect.stringContaining('in the future') } }])
  })

  test('a payload replaced after the drill is refused by test-restore, restore and checksum', async () => {
    const payload = store.dumpFile()
    const bytes = readFileSync(store.file(payload))
    bytes.fill(0, bytes.length >> 1)
    writeFileSync(store.file(payload), bytes)
    const codes = [
      await store.run('checksum'),
      await store.run('test-restore', [], { sign: signed.ours }),
      await store.run('restore', ['--database-url', signed.url, '--confirm', 'shop']),
    ].map(({ code }) => code)
    expect(codes).toEqual([4, 4, 4])
  })
})

test('a payload replaced after the drill with one of the same size does not pass the gate', async () => {
  const payload = store.dumpFile()
  writeFileSync(store.file(payload), Buffer.alloc(readFileSync(store.file(payload)).length))
  const later = new Date(Date.now() + 600_000)
  utimesSync(store.file(payload), later, later)
  const { code, document } = await store.gate()
  expect(code).toBe(3)
  expect(JSON.stringify(document)).toContain('was written after the drill')
})

describe('unsigned or forged marks', () => {
  test('a drill record without a signature does not pass the gate', async () => {
    rmSync(store.file('drills', `${store.drillFile()}.sig`))
    const { code, document } = await store.gate()
    expect(code).toBe(3)
    expect(JSON.stringify(document)).toContain('no drill has proven it')
  })

  test('a drill record signed with an untrusted key does not pass the gate', async () => {
    const path = store.file('drills', `${store.drillFile()}.sig`)
    const { statement } = signatureParts(path)
    writeFileSync(path, signByHand(signed.stranger, statement) + statement)
    expect((await store.gate()).code).toBe(3)
  })

  test('a signed drill record that was edited does not pass the gate', async () => {
    const path = store.file('drills', store.drillFile())
    writeFileSync(path, readFileSync(path, 'utf8').replace('"rows": 50', '"rows": 51'))
    expect((await store.gate()).code).toBe(3)
  })

  test('a forged record of a failed drill or a forged suspect mark does not disqualify a backup', async () => {
    writeFileSync(store.file('drills', '20990101T000000Z-failed.json'), '{}')
    writeFileSync(store.file('suspect'), '')
    expect((await store.gate()).code).toBe(0)
  })

  test('a backup remains suspect if the suspect mark is removed, because the signed statement says so', async () => {
    await signed.server.query('shop', 'CREATE TABLE many AS SELECT generate_series(1, 5000) AS n')
    expect((await store.run('backup', ['--database-url', signed.url], { sign: signed.ours })).code).toBe(0)
    await signed.server.query('shop', 'DROP TABLE many')
    expect((await store.run('backup', ['--database-url', signed.url], { sign: signed.ours })).code).toBe(0)
    const suspect =
      readdirSync(join(store.root, 'shop')).find((each) => existsSync(join(store.root, 'shop', each, 'suspect'))) ?? ''
    rmSync(join(store.root, 'shop', suspect, 'suspect'))
    const { backups } = await store.listed()
    expect(backups.find((each: { id: string }) => each.id === suspect)).toMatchObject({
      suspect: true,
      signature: { trusted: true },
    })
  })
})

describe('retention', () => {
  test('forged backups are not counted in place of a signed backup', async () => {
    for (let n = 1; n < 7; n += 1) copyFolder(store.file(), join(store.root, 'shop', signed.laterId(n / 100)))
    const { document } = await store.json('prune', ['--dry-run', '--keep-at-least', '1', '--keep-last', '1'])
    const kept = document.stores[0].plan.find((each: { id: string }) => each.id === signed.id)
    expect(kept).toMatchObject({
      action: 'keep',
      reasons: expect.arrayContaining(['last 1 of 1', 'newest good backup']),
    })
    expect(document.stores[0].warnings.join()).toContain('6 backups not trusted')
    const forged = document.stores[0].plan.filter((each: { id: string }) => each.id !== signed.id)
    expect(forged.every((each: { signature?: { trusted: boolean } }) => each.signature?.trusted === false)).toBe(true)
  })

  test('a forged keep-until date does not shorten the signed retention', async () => {
    for (const name of readdirSync(store.file())) if (name.startsWith('keep-until-')) rmSync(store.file(name))
    writeFileSync(store.file('keep-until-2020-01-01'), '')
    const { backups } = await store.listed()
    expect(backups[0].keepUntil > new Date().toISOString()).toBe(true)
  })

  test('an unsigned pin keeps its backup and is listed as not signed', async () => {
    mkdirSync(store.file('pins'))
    writeFileSync(store.file('pins', 'audit'), '')
    writeFileSync(store.file('pins', 'x'.repeat(230)), '')
    const { stdout, code } = await store.run('prune', ['--dry-run'])
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('(not signed): audit') })
    expect((await store.run('pin', ['--reason', 'release'], { sign: signed.ours })).code).toBe(0)
    expect((await store.run('list')).stdout).toContain('pinned: release')
    expect((await store.run('pin', ['--reason', 'release'], { sign: signed.ours })).code).toBe(0)
  })
})

test("files added to signed tenant backups do not make prune remove a tenant's only backup", async () => {
  const tables = `CREATE TABLE "Tenant" (id text PRIMARY KEY); INSERT INTO "Tenant" VALUES ('a'), ('b')`
  const database = await signed.server.createDatabase('saas')
  await signed.server.query('saas', tables)
  const at = `${store.root}-tenants`
  for (const tenant of ['a', 'b']) {
    const asked = ['--kind', 'tenant', '--tenant', tenant, '--trigger', 'scheduled', '--database-url', database]
    expect(
      await store.run('backup', asked, { at, sign: signed.ours, trusted: signed.ours.trusted('*') }),
    ).toMatchObject({ code: 0 })
  }
  const [of = ''] = readdirSync(at)
  for (const each of readdirSync(join(at, of))) {
    for (const tenant of ['a', 'b']) writeFileSync(join(at, of, each, 'tenants', `${tenant}.zip`), '', { flag: 'a' })
  }
  const policy = ['--retention-days', '0', '--keep-at-least', '1', '--dry-run']
  const { document } = await store.json('prune', policy, { at, trusted: signed.ours.trusted('*') })
  expect(document.stores[0].plan.map(({ action }: { action: string }) => action)).toEqual(['keep', 'keep'])
})
