// The archive reader on dumps of a real server: its results equal those of COPY from the database.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TableFingerprint } from '../../src/domain/fingerprint/fingerprint.ts'
import { type ArchiveFingerprint, ArchiveReader } from '../../src/engines/postgres/archive/reader.ts'
import { listFile, selectEntries } from '../../src/engines/postgres/archive/selection.ts'
import { fixture, readDirectoryArchive } from '../engines/postgres/archive/archives.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'

const execute = promisify(execFile)
const emptySha256 = createHash('sha256').digest('hex')

/** What the fixtures' database lacks because it must stay small. */
const more = `
CREATE TABLE public.many (id integer, t text);
INSERT INTO public.many SELECT g, repeat('x', g % 100) FROM generate_series(1, 200000) g;
CREATE TABLE public.wide_rows (id integer, t text, b bytea);
INSERT INTO public.wide_rows SELECT g, repeat(E'line\\n\\\\.\\n', g * 100000), decode(repeat('0a5c', g * 50000), 'hex')
  FROM generate_series(1, 5) g;
CREATE TABLE public.configuration (a integer, b text);
INSERT INTO public.configuration SELECT g, 'c' || g FROM generate_series(1, 10) g;
ALTER EXTENSION plpgsql ADD TABLE public.configuration;
UPDATE pg_extension SET extconfig = ARRAY['public.configuration'::regclass::oid], extcondition = ARRAY['WHERE a > 7'];
SELECT lo_from_bytea(80001, decode(repeat('000a5c2e', 900000), 'hex'));
SELECT lo_from_bytea(g, convert_to(repeat('o', g % 50), 'UTF8')) FROM generate_series(90000, 92000) g;
`

describe('a dump of a real server', () => {
  let server: TestPostgres
  let folder = ''
  let archive = ''
  let print: ArchiveFingerprint
  const environment = () => ({
    PATH: process.env.PATH ?? '',
    PGHOST: server.host,
    PGPORT: String(server.port),
    PGUSER: server.user,
    PGPASSWORD: server.password,
    PGTZ: 'UTC',
    PGOPTIONS: '-c extra_float_digits=3 -c datestyle=ISO -c intervalstyle=postgres',
  })
  const run = async (tool: string, ...parameters: string[]) => {
    const options = { env: environment(), encoding: 'buffer' as const, maxBuffer: 1 << 30 }
    return (await execute(join(server.tools.folder, tool), parameters, options)).stdout
  }
  const readArchive = async (file: string) => {
    const reader = new ArchiveReader()
    const bytes = await readFile(file)
    for (let at = 0; at < bytes.length; at += 65536) reader.push(bytes.subarray(at, at + 65536))
    return reader.end()
  }
  const entriesOf = (of: ArchiveFingerprint) => (of.known ? of.entries : [])
  const copied = async (database: string, { schema, table, columns }: TableFingerprint) => {
    const name = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`
    const list = columns?.map((column) => pg.escapeIdentifier(column)).join(', ')
    const rows =
      table === 'configuration' ? `(SELECT * FROM ${name} WHERE a > 7)` : `${name}${list ? ` (${list})` : ''}`
    const bytes = await run('psql', '-X', '-d', database, '-c', `COPY ${rows} TO STDOUT`)
    return {
      rows: bytes.toString('latin1').split('\n').length - 1,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    }
  }

  beforeAll(async () => {
    server = await startPostgres()
    folder = await mkdtemp(join(tmpdir(), 'resguardo-archive-'))
    await server.createDatabase('wide')
    await server.query('wide', fixture('wide.sql').toString() + more)
    archive = join(folder, 'wide.dump')
    await run('pg_dump', '-Fc', '-Z0', '-f', archive, 'wide')
    print = await readArchive(archive)
  })
  afterAll(async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('gives rows, bytes and SHA-256 of what COPY gives, for every table', async () => {
    const { tables, covers } = print.fingerprint
    expect(covers).toBe('content')
    expect(tables.map(({ table }) => table)).toEqual(
      expect.arrayContaining(['many', 'wide_rows', 'configuration', 'no_columns']),
    )
    for (const table of tables) expect(table, table.table).toMatchObject(await copied('wide', table))
    expect(tables.filter(({ sha256 }) => sha256 === emptySha256).map(({ table }) => table)).toEqual(['empty'])
  })

  test('has every large object', async () => {
    const objects = await server.query<{ oid: number; sha256: string; bytes: number }>(
      'wide',
      `SELECT oid, encode(sha256(lo_get(oid)), 'hex') sha256, length(lo_get(oid)) bytes
       FROM pg_largeobject_metadata ORDER BY oid`,
    )
    const lines = objects.map(({ oid, sha256 }) => `${oid} ${sha256}\n`).join('')
    expect(print.fingerprint.largeObjects).toEqual({
      count: 2001 + 5,
      bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
      sha256: createHash('sha256').update(lines).digest('hex'),
    })
  })

  test('in the directory format gives the same fingerprint, also with two jobs', async () => {
    for (const jobs of ['1', '2']) {
      const directory = join(folder, `wide-${jobs}.dir`)
      await run('pg_dump', '-Fd', '-Z0', '-j', jobs, '-f', directory, 'wide')
      expect((await readDirectoryArchive(directory)).fingerprint).toEqual(print.fingerprint)
    }
  })

  test('gives the fingerprint again after a restore, and the same inventory from the schema alone', async () => {
    await server.createDatabase('restored')
    await server.query(
      'restored',
      more
        .split('\n')
        .filter((line) => /configuration/.test(line) && !/INSERT/.test(line))
        .join('\n'),
    )
    await run('pg_restore', '-j2', '--exit-on-error', '-d', 'restored', archive)
    const schema = join(folder, 'schema.dump')
    await run('pg_dump', '-Fc', '--schema-only', '-f', schema, 'restored')
    expect((await readArchive(schema)).fingerprint.inventory).toEqual(print.fingerprint.inventory)
    for (const table of print.fingerprint.tables) {
      if (table.root !== undefined) continue
      expect(await copied('restored', table), table.table).toEqual({
        rows: table.rows,
        bytes: table.bytes,
        sha256: table.sha256,
      })
    }
    const again = join(folder, 'again.dump')
    await run('pg_dump', '-Fc', '-Z0', '-f', again, 'restored')
    const { sequences, largeObjects, inventory } = (await readArchive(again)).fingerprint
    const { covers: _, tables: __, ...before } = print.fingerprint
    expect({ sequences, largeObjects, inventory }).toEqual(before)
  })

  test.each([
    ['Product', ['Product']],
    ['Tenant', ['Tenant']],
    ['by_day', ['by_day_2025', 'by_day_rest']],
    ['by_mood', ['by_mood_0', 'by_mood_1']],
    ['by_day_2025', ['by_day_2025']],
    ['child', ['child']],
    ['sums', []],
  ])('restores %s alone through a list', async (table, filled) => {
    const database = `only_${table.toLowerCase()}`
    const { selected } = selectEntries(entriesOf(print), { tables: [{ schema: 'public', table }] })
    const list = join(folder, `${table}.list`)
    await writeFile(list, listFile(selected))
    await server.createDatabase(database)
    await run('pg_restore', '--exit-on-error', '--single-transaction', `--use-list=${list}`, '-d', database, archive)
    const again = join(folder, `${table}.dump`)
    await run('pg_dump', '-Fc', '-Z0', '-f', again, database)
    const { tables } = (await readArchive(again)).fingerprint
    expect(tables.filter(({ rows }) => rows > 0).map((each) => each.table)).toEqual(filled)
    const rows = (all: readonly TableFingerprint[]) =>
      all.filter((each) => filled.includes(each.table)).reduce((sum, each) => sum + each.rows, 0)
    expect(rows(tables)).toBe(rows(print.fingerprint.tables))
  })

  test('cut anywhere near the end of a block is refused', async () => {
    const bytes = await readFile(archive)
    for (const cut of [1, 2, 5, 6, 7, 1000, 65536, 1_000_000, bytes.length / 2]) {
      const reader = new ArchiveReader()
      reader.push(bytes.subarray(0, bytes.length - Math.ceil(cut)))
      expect(() => reader.end(), `cut by ${cut}`).toThrow(
        expect.objectContaining({
          code: 'archive/damaged',
          message: expect.stringMatching(/the archive is damaged at byte \d+/),
        }),
      )
    }
  })
})
