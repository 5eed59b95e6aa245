// Rehearsals on a real server with real migration tools: migrations that pass, fail on real data or lose data, and how
// long they hold locks.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Rehearsal } from '../../src/domain/drill/rehearsal.ts'
import { readCatalogue } from '../../src/operations/catalogue/read-catalogue.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { drillWithRehearsal, type RehearsedDrill, writeFiles } from '../support/rehearsal.ts'
import { backUpShop, psql, writeCheckout } from '../support/rehearsed-shop.ts'

let server: TestPostgres
let folder: string
let backup: string
let checkout: string
/** With nothing to copy, for migrations in plain SQL. */
let plain: string

const store = () => join(folder, 'store')
const rehearse = (rehearsal: Partial<RehearsedDrill['rehearsal']>) =>
  drillWithRehearsal({
    ...{ store: store(), backup, temporary: join(folder, 'temporary') },
    rehearsal: { directory: plain, migrateCommand: 'true', ...rehearsal },
  })
const change = ({ tables }: Rehearsal, name: string) => tables.find(({ table }) => table === name)

beforeAll(async () => {
  server = await startPostgres()
  folder = await openFolder('rehearsal-test')
  backup = await backUpShop(server, store())
  plain = await writeFiles(join(folder, 'plain'), { 'README.md': 'nothing to install' })
  checkout = await writeCheckout(join(folder, 'checkout'))
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('a migration that fits the data', () => {
  test('passes with Knex, and what it did is told; production has seen nothing of it', async () => {
    const knex = {
      migrateCommand: 'node node_modules/knex/bin/cli.js migrate:latest',
      connectionVariables: [{ name: 'SHOP_URL' }],
    }
    const { record, failure, said } = await rehearse({ directory: checkout, ...knex })
    expect(record.rehearsal, said.join('\n')).toMatchObject({
      verdict: 'passed',
      exitCode: 0,
      decidedBy: 'migrate-command',
      findings: [],
    })
    expect(failure).toBeUndefined()
    const rehearsal = record.rehearsal as Rehearsal
    expect(change(rehearsal, 'public."Shelf"')).toMatchObject({ change: 'new', rowsAfter: 3 })
    expect(rehearsal.locks).toMatchObject({ everyStatement: true })
    expect(rehearsal.locks?.locks.map(({ table }) => table)).not.toContain('resguardo_rehearsal.locks')
    expect(rehearsal.locks?.locks[0]).toMatchObject({ table: 'public."Product"', mode: 'AccessExclusiveLock' })
    expect(rehearsal.bytesAfter).toBeGreaterThan(rehearsal.bytesBefore ?? Infinity)
    expect(said.join('\n')).toContain('Batch 1 run: 1 migrations')
    expect(await server.query('shop', `SELECT 1 FROM pg_class WHERE relname = 'Shelf'`)).toEqual([])
    expect((await readCatalogue(openDirectoryStore(store()))).entries[0]?.drills.at(-1)).toMatchObject({
      verdict: 'proven',
    })
  })

  test('passes with node-pg-migrate, which finds DATABASE_URL', async () => {
    const { record, said } = await rehearse({
      directory: checkout,
      migrateCommand: 'node node_modules/node-pg-migrate/bin/node-pg-migrate.js up -m pgm-good',
    })
    expect(record.rehearsal, said.join('\n')).toMatchObject({ verdict: 'passed' })
  })

  test('may change what a superuser or another role owns, and is no superuser itself', async () => {
    const { record, said } = await rehearse({
      migrateCommand: [
        psql(
          'ALTER TABLE legacy ADD c int; ALTER TABLE "Product" ADD c int; DROP VIEW cheap; CREATE SCHEMA more; CREATE TABLE more.t (a int)',
        ),
        psql(
          'ALTER TYPE mood RENAME TO temper; CREATE OR REPLACE FUNCTION answer() RETURNS int LANGUAGE sql AS $$SELECT 43$$',
        ),
        psql('CREATE EXTENSION pgcrypto'),
        psql('CREATE INDEX CONCURRENTLY ON "Product" (name)'),
        psql('REINDEX TABLE CONCURRENTLY "Product"'),
        psql('VACUUM FULL legacy'),
        psql('SELECT $$super: $$ || rolsuper FROM pg_roles WHERE rolname = current_user'),
        `! ${psql('COPY legacy TO PROGRAM $$cat >/tmp/stolen$$')}`,
        `! ${psql('SELECT pg_read_file($$/etc/passwd$$)')}`,
      ].join(' && '),
    })
    expect(record.rehearsal, said.join('\n')).toMatchObject({ verdict: 'passed' })
    expect(said).toContain('|  super: false')
  })
})

describe('a migration that does not fit the data', () => {
  test('fails the run, while the backup stays proven', async () => {
    const { record, failure, said } = await rehearse({
      directory: checkout,
      migrateCommand: 'node node_modules/node-pg-migrate/bin/node-pg-migrate.js up -m pgm',
    })
    expect(record).toMatchObject({
      verdict: 'proven',
      rehearsal: { verdict: 'failed', exitCode: 1, decidedBy: 'migrate-command' },
    })
    expect(failure).toMatchObject({
      code: 'rehearsal/failed',
      message: expect.stringMatching(/migrate-command exited with 1 \(.*contains null values\)$/),
    })
    expect(record.rehearsal?.findings.join()).not.toContain('was committed')
    expect(said.join('\n')).toContain('contains null values')
    expect((await readCatalogue(openDirectoryStore(store()))).entries[0]?.drills.at(-1)).toMatchObject({
      verdict: 'proven',
    })
  })

  test('is described with what it had committed before it failed', async () => {
    const { record } = await rehearse({
      migrateCommand: [
        psql(
          'CREATE INDEX half ON "Product" (name); ALTER TABLE legacy ADD c int; ALTER TYPE mood ADD VALUE $$bad$$; CREATE TABLE fresh (a serial)',
        ),
        psql('UPDATE "Order" SET id = id + 1'),
        psql(
          'CREATE OR REPLACE FUNCTION answer() RETURNS int LANGUAGE sql AS $$SELECT 43$$; ALTER TABLE "Product" ALTER name SET NOT NULL',
        ),
      ].join(' && '),
    })
    const rehearsal = record.rehearsal as Rehearsal
    expect(rehearsal.error).toBe('ERROR:  column "name" of relation "Product" contains null values')
    expect(rehearsal.objects).toEqual([
      { object: 'column c of public.legacy', change: 'added' },
      { object: 'index half of public."Product"', change: 'added' },
      { object: 'type public.mood', change: 'changed' },
    ])
    expect(rehearsal.findings[0]).toContain(
      'values of column id of public."Order" changed; table public.fresh was created',
    )
  })

  test('is ended when its time is up, with its statement on the server', async () => {
    const { record, failure } = await rehearse({
      migrateCommand: psql('BEGIN; ALTER TABLE "Product" ADD slow int; SELECT pg_sleep(300)'),
      timeoutSeconds: 5,
    })
    const rehearsal = record.rehearsal as Rehearsal
    expect(rehearsal).toMatchObject({ verdict: 'failed', timeoutSeconds: 5 })
    expect(rehearsal.exitCode).toBeUndefined()
    expect(rehearsal.seconds).toBeLessThan(15)
    expect(rehearsal.findings.join()).toMatch(/public\."Product" was locked against reads for at least [1-4]\.\d s/)
    expect(failure?.message).toContain('timed out after 5.0 s')
  })

  test('since its setup failed is told so, and the backup is proven all the same', async () => {
    const { record, failure } = await rehearse({
      setupCommand: 'echo no such package; exit 7',
      migrateCommand: 'touch ran',
    })
    expect(record).toMatchObject({
      verdict: 'proven',
      rehearsal: { verdict: 'setup-failed', exitCode: 7, decidedBy: 'setup-command', seconds: expect.any(Number) },
    })
    expect(failure).toMatchObject({
      code: 'rehearsal/setup-failed',
      message: expect.stringContaining('setup-command exited with 7 (no such package)'),
    })
  })
})

test('rows, columns and tables that vanish are findings, though the migration passes', async () => {
  const { record, failure } = await rehearse({
    migrateCommand: psql(
      'DELETE FROM "Order" WHERE id > 10; ALTER TABLE "Product" DROP price CASCADE; DROP TABLE legacy; ALTER TABLE "Order" RENAME TO orders',
    ),
  })
  const rehearsal = record.rehearsal as Rehearsal
  expect(rehearsal).toMatchObject({
    verdict: 'passed',
    findings: expect.arrayContaining([
      'public."Order" lost 40 rows: 50 before, 10 after',
      'column price of public."Product" was dropped',
      'table public.legacy was dropped, with 2 rows',
    ]),
  })
  expect(change(rehearsal, 'public."Order"')).toMatchObject({ change: 'renamed', rowsBefore: 50, rowsAfter: 10 })
  expect(failure).toBeUndefined()
})

test('values that an UPDATE changed are told as information', async () => {
  const { record, failure } = await rehearse({
    migrateCommand: psql('UPDATE "Product" SET price = price + 1; UPDATE legacy SET b = b'),
  })
  expect(record.rehearsal).toMatchObject({
    verdict: 'passed',
    findings: [],
    information: ['values of column price of public."Product" changed'],
    objects: [],
  })
  expect(failure).toBeUndefined()
})

test('the setup has neither a database nor its variables, and leaves its work to the migration', async () => {
  const { record, said } = await rehearse({
    setupCommand: 'env | grep -E "DATABASE|^PG|DIRECT"; echo done > installed',
    migrateCommand: 'cat installed; pwd; env',
  })
  expect(record.rehearsal?.verdict).toBe('passed')
  expect(said).toContain('| done')
  expect(said.indexOf('| done')).toBe(0)
  const password = said.find((line) => line.startsWith('| PGPASSWORD='))
  expect(password).toBe('| PGPASSWORD=***')
  expect(said.find((line) => line.startsWith('| DIRECT_URL='))).toMatch(
    /^\| DIRECT_URL=postgresql:\/\/resguardo_rehearsal_shop:\*\*\*@127\.0\.0\.1:5432\/shop$/,
  )
})

test('nothing is left behind', async () => {
  expect(await readdir(join(folder, 'temporary'))).toEqual([])
})

test('without confinement it runs as this user in the copy, and everybody is warned', async () => {
  const { record, said, warned } = await rehearse({
    migrateCommand: `id -u; ${psql('ALTER TABLE "Product" ADD c int')}; touch ran`,
    confinement: 'none',
  })
  expect(record.rehearsal, said.join('\n')).toMatchObject({ verdict: 'passed' })
  expect(said).toContain(`| ${process.getuid?.()}`)
  expect(warned.join()).toContain('--rehearsal-confinement none')
  expect(await readdir(plain)).not.toContain('ran')
})
