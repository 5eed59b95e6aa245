// Backups replaced together with their drill records
// An attacker with write access to a store replaces or rewrites a backup and its drill record.
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type PostgresManifest, requirePostgres } from '../../src/domain/manifest/manifest.ts'
import { manifestSha256, manifestText, parseManifest, sealManifest } from '../../src/domain/manifest/manifest-json.ts'
import { resguardo } from '../support/command-line.ts'
import { openFolder } from '../support/drill.ts'
import { freePort } from '../support/free-port.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'

let server: TestPostgres
let folder: string
let url: string
let count = 0

beforeAll(async () => {
  ;[server, folder] = await Promise.all([startPostgres(), openFolder('record-forgery')])
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

let name: string
let backups: string
beforeEach(async () => {
  count += 1
  name = `shop${count}`
  backups = join(folder, name)
  url = await server.createDatabase(name)
  await server.query(name, 'CREATE TABLE item AS SELECT generate_series(1, 9) AS id')
})

const run = (words: readonly string[], environment: Record<string, string> = {}) =>
  resguardo([...words, '--backup-dir', backups], { DATABASE_URL: url, ...environment })
const drill = (...words: string[]) => run(['test-restore', ...words])
const gate = (...words: string[]) => run(['migration-gate', '--json', ...words])

/** Backs a database up and drills the backup; its ID. Both are in the record of `url`. */
async function provenBackup(of = url): Promise<string> {
  const words = ['backup', '--json', '--name', 'shop', '--record', '--record-create']
  const done = await run(words, { DATABASE_URL: of, RECORD_DATABASE_URL: url })
  expect(done).toMatchObject({ code: 0 })
  const id = (await readdir(join(backups, 'shop'))).sort().at(-1) ?? ''
  expect(await drill('--backup', id, '--record')).toMatchObject({ code: 0 })
  return id
}

/** Writes a changed manifest, and makes the proof name it; an attacker needs nothing but the store. */
async function forge(id: string, change: (manifest: PostgresManifest) => Partial<PostgresManifest>): Promise<void> {
  const at = join(backups, 'shop', id)
  const manifest = requirePostgres(parseManifest(await readFile(join(at, 'manifest.json'), 'utf8')))
  const forged = sealManifest({ ...manifest, ...change(manifest) })
  await writeFile(join(at, 'manifest.json'), manifestText(forged))
  for (const file of await readdir(join(at, 'drills'))) {
    const proof = JSON.parse(await readFile(join(at, 'drills', file), 'utf8'))
    const about = { backup: forged.id, manifestSha256: manifestSha256(forged) }
    await writeFile(join(at, 'drills', file), JSON.stringify({ ...proof, ...about }))
  }
}

const drills = (id: string) => readdir(join(backups, 'shop', id, 'drills'))

/** Puts the backup of a hostile database in the place of the given one, under the same ID. */
async function replace(id: string): Promise<void> {
  const hostile = await server.createDatabase(`${name}_hostile`)
  await server.query(`${name}_hostile`, 'CREATE TABLE item AS SELECT 666 AS id')
  const other = join(folder, `${name}-hostile`)
  const made = await resguardo(['backup', '--name', 'shop', '--backup-dir', other], { DATABASE_URL: hostile })
  expect(made).toMatchObject({ code: 0 })
  const from = join(other, 'shop', (await readdir(join(other, 'shop')))[0] ?? '')
  await cp(from, join(backups, 'shop', id), { recursive: true })
  await forge(id, (manifest) => ({ id, database: { ...manifest.database, name } }))
}

describe('backup replaced under the same ID with a forged drill record', () => {
  let id: string
  beforeEach(async () => {
    id = await provenBackup()
    await replace(id)
  })

  test('a drill that compares with the record of runs refuses the backup and writes no drill record', async () => {
    const before = await drills(id)
    const refused = await drill('--record', '--json')
    expect(refused).toMatchObject({ code: 4, stdout: expect.stringContaining('record/checksum-mismatch') })
    expect(await drills(id)).toEqual(before)
    // The forgery is good: without the record, nothing is wrong with it.
    expect(await drill()).toMatchObject({ code: 0 })
  })

  test('the backup does not pass a gate that compares with the record of runs', async () => {
    expect(await gate('--record')).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('differs from the record'),
    })
    expect(await gate()).toMatchObject({ code: 0 })
  })
})

test('a backup of another database whose manifest is rewritten to name this one does not pass the gate', async () => {
  const other = await server.createDatabase(`${name}_other`)
  await server.query(`${name}_other`, 'CREATE TABLE item AS SELECT 1 AS id')
  const id = await provenBackup(other)
  expect(await gate('--record')).toMatchObject({ code: 3, stdout: expect.stringContaining('its database is') })
  await forge(id, (manifest) => ({ database: { ...manifest.database, name } }))
  expect(await gate('--record')).toMatchObject({ code: 3, stdout: expect.stringContaining('the manifest of') })
  expect(await gate()).toMatchObject({ code: 0 })
})

test('a backup under an ID that is not in the record of runs does not pass the gate', async () => {
  const id = await provenBackup()
  const copy = id.replace(/[0-9a-f]{6}$/, id.endsWith('000000') ? '000001' : '000000')
  await rename(join(backups, 'shop', id), join(backups, 'shop', copy))
  await forge(copy, () => ({ id: copy }))
  expect(await gate('--record')).toMatchObject({ code: 3, stdout: expect.stringContaining(`has no row for ${copy}`) })
  expect(await gate()).toMatchObject({ code: 0 })
})

test('no backup passes the gate if the record of runs cannot be read', async () => {
  await provenBackup()
  const unreachable = `postgresql://x:y@127.0.0.1:${await freePort()}/x`
  const refused = await gate('--record', '--record-url', unreachable)
  expect(refused).toMatchObject({ code: 3, stdout: expect.stringContaining('cannot be read') })
  expect(await gate('--record')).toMatchObject({ code: 0 })
})
