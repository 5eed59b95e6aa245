// A new kind of store needs only one object and an entry in the list of kinds: all commands work with it.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { commandLineWith } from '../support/run-in-process.ts'
import { toyKind } from '../support/toy-store-kind.ts'

const key = 'k3y-of-the-box'
const commandLine = commandLineWith({ stores: [toyKind(key)] })

let server: TestPostgres
let folder: string
let environment: Record<string, string>

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('toy-store')
  const url = await server.createDatabase('shop')
  await server.query(
    'shop',
    'CREATE TABLE product (id int PRIMARY KEY); INSERT INTO product SELECT generate_series(1, 100)',
  )
  environment = {
    DATABASE_URL: url,
    BACKUP_DIR: join(folder, 'backups'),
    TOY_BOX: 'red',
    TOY_OWNER: 'ana',
    TOY_KEY: key,
  }
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const resguardo = (words: readonly string[], more: Record<string, string> = {}) =>
  commandLine.resguardo(words, { ...environment, ...more })

const json = async (...words: string[]) => {
  const { code, out, err } = await resguardo([...words, '--json'])
  expect([code, err]).toEqual([0, expect.any(String)])
  return JSON.parse(out)
}

test('help names its addresses, its inputs and its default', async () => {
  const { out } = await resguardo(['help', 'shared'])
  const text = out.replaceAll(/\s+/g, ' ')
  expect(text).toContain('file:./backups, s3://bucket/prefix, artifact: or toy:box')
  expect(text).toContain('and toy:TOY_BOX if set')
  for (const flag of ['--toy-box', '--toy-owner', '--toy-key']) expect(text).toContain(flag)
})

test('backup, list, checksum, drill, upload and prune work with it', async () => {
  const made = await json('backup', '--trigger', 'scheduled')
  expect(made.stores.map(({ address }: { address: string }) => address)).toEqual([`file:${folder}/backups`, 'toy:red'])
  await json('backup', '--trigger', 'scheduled', '--store', 'toy:red')
  const { out } = await resguardo(['backup', '--trigger', 'scheduled', '--store', 'toy:red'])
  expect(out).toMatch(/To prove [^\n]*\n.* --store toy:red --toy-owner ana$/m)
  const listed = await json('list', '--store', 'toy:red')
  expect(listed.backups.map(({ id }: { id: string }) => id)).toContain(made.backup)
  expect(await json('checksum', made.backup, '--store', 'toy:red')).toMatchObject({ stores: [{ address: 'toy:red' }] })
  // The drill uses the off-site copy.
  expect(await json('test-restore', made.backup)).toMatchObject({ verdict: 'proven', rows: 100 })
  expect(await json('upload', made.backup, '--from', 'toy:red', '--to', 'toy:blue')).toMatchObject({
    stores: [{ address: 'toy:blue', state: 'copied' }],
  })
  expect(await json('upload', made.backup)).toMatchObject({ stores: [{ address: 'toy:red', state: 'was-whole' }] })
  const pruned = await json('prune', '--store', 'toy:red', '--retention-days', '0', '--keep-at-least', '1')
  expect(pruned.stores).toMatchObject([{ removed: [expect.anything()], failures: [] }])
})

test('the gate treats it as off-site, and its rules and secret masking apply', async () => {
  const { code, out, err } = await resguardo(['migration-gate', '--store', 'toy:empty', '--require-off-site', 'auto'])
  expect([code, `${out}${err}`]).toEqual([3, expect.stringContaining('--toy-owner ana')])
  const broken = await resguardo(['list', '--store', 'toy:red'], { TOY_OWNER: '' })
  expect([broken.code, broken.err]).toEqual([2, expect.stringContaining('--toy-owner is missing')])
  const locked = await resguardo(['list', '--store', 'toy:red', '--toy-key', 'wr0ng-key'])
  expect(locked.err).toContain('the key *** does not open toy:red')
  expect((await resguardo(['list', '--store', 'gs://x'])).err).toContain('artifact: or toy:box')
})
