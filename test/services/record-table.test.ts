// The table of the record of runs: its documented form, other forms that work, and that its faults never stop a backup.
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { columns, createStatement } from '../../src/engines/postgres/record/columns.ts'
import { openRecord } from '../../src/engines/postgres/record/open-record.ts'
import { recordingReporter } from '../support/fakes.ts'
import { freePort } from '../support/free-port.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import {
  documentedModel,
  documentedTable,
  idOf,
  makeRecordedDatabase,
  type RecordedDatabase,
  type RecordRow,
  recordRows,
} from '../support/recorded-database.ts'

let server: TestPostgres
let folder: string
/** The database of one test. */
let shop: RecordedDatabase
let count = 0

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('record-table-test')
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  count += 1
  shop = await makeRecordedDatabase(server, folder, `shop${count}`)
})

describe('the page that documents it', () => {
  test('has the very SQL that makes the table', () => {
    expect(documentedTable.trim()).toBe(createStatement('"BackupRun"'))
  })

  test('has a Prisma model of the same columns, required where they are', () => {
    const fields = [...documentedModel.matchAll(/^ {2}(\w+) +(\w+)(\??)/gm)].map(([, field, type, optional]) => ({
      field,
      type,
      optional,
    }))
    const types: Record<string, string> = { TEXT: 'String', 'TIMESTAMP(3)': 'DateTime', BIGINT: 'BigInt' }
    expect(fields).toEqual(
      columns.map((column) => ({ field: column.name, type: types[column.type], optional: column.required ? '' : '?' })),
    )
  })
})

describe('the table', () => {
  test('is made on demand, as documented, and only once', async () => {
    await shop.backUp({ 'record-create': 'true' })
    await shop.backUp({ 'record-create': 'true' })
    expect(await shop.rows()).toHaveLength(2)
    const sql = `SELECT column_name, data_type, is_nullable, datetime_precision FROM information_schema.columns WHERE table_name = 'BackupRun' ORDER BY ordinal_position`
    const documented = await server.createDatabase(`${shop.name}_documented`)
    expect(documented).toBeTruthy()
    await server.query(`${shop.name}_documented`, documentedTable)
    expect(await shop.query(sql)).toEqual(await server.query(`${shop.name}_documented`, sql))
  })

  test('can be made by two runs at once', async () => {
    const settings = { table: '"BackupRun"', create: 'anywhere' } as const
    const rows = ['00000a', '00000b', '00000c', '00000d'].map((digits) => ({
      id: `20261124T020005Z-platform-manual-${digits}`,
      kind: 'platform' as const,
      trigger: 'manual' as const,
      status: 'running' as const,
      startedAt: new Date('2026-11-24T02:00:05Z'),
    }))
    await Promise.all(rows.map(async (row) => (await openRecord(shop.url, settings)).save(row)))
    expect((await shop.rows()).map(({ id }) => id).sort()).toEqual(rows.map(({ id }) => id))
    const [first] = await shop.rows()
    expect(first?.startedAt).toEqual(new Date('2026-11-24T02:00:05Z'))
  })

  test('is not the first one made in an empty database, which is refused as ever', async () => {
    await shop.query('DROP TABLE "Product"')
    const reporter = recordingReporter()
    await expect(shop.backUp({ 'record-create': 'true' }, { reporter })).rejects.toMatchObject({
      code: 'postgres/no-tables',
    })
    expect(reporter.texts('warn')).toEqual([expect.stringContaining('so "BackupRun" was not created there')])
    expect(await shop.query(`SELECT to_regclass('"BackupRun"') AS made`)).toEqual([{ made: null }])
  })

  test('may be in another database, an empty one too', async () => {
    const elsewhere = await server.createDatabase(`${shop.name}_records`)
    const ran = await shop.backUp({ 'record-url': elsewhere, 'record-create': 'true' })
    expect(await recordRows(server, `${shop.name}_records`)).toMatchObject([{ id: idOf(ran), status: 'completed' }])
    expect((await shop.check({ 'record-url': elsewhere })).outcome.document).toMatchObject({ recorded: true })
  })

  test.each([`"Robert'); DROP TABLE ""Product""; --"`, '"SELECT"', '"%I $1 né\\ 🐘"', '"Odd.schema"."""BackupRun"""'])(
    'may have a hostile name: %s',
    async (table) => {
      await shop.query('CREATE SCHEMA "Odd.schema"')
      const ran = await shop.backUp({ 'record-table': table, 'record-create': 'true' })
      expect(ran.reporter.texts('warn')).toEqual([])
      expect(await shop.rows(table)).toMatchObject([{ id: idOf(ran), status: 'completed' }])
      expect((await shop.check({ 'record-table': table })).outcome.document).toMatchObject({ recorded: true })
      expect(await shop.query('SELECT count(*)::int AS n FROM "Product"')).toEqual([{ n: 50 }])
    },
  )

  test('lies in Prisma’s schema where the URL names one', async () => {
    await shop.query(`CREATE SCHEMA app; SET search_path = app; ${documentedTable}`)
    const ran = await shop.backUp({ 'database-url': `${shop.url}${shop.url.includes('?') ? '&' : '?'}schema=app` })
    expect(await shop.rows('app."BackupRun"')).toMatchObject([{ id: idOf(ran) }])
  })

  test('may be in a database whose transactions are read-only by default', async () => {
    await shop.makeTable()
    await shop.query(`ALTER DATABASE "${shop.name}" SET default_transaction_read_only = on`)
    const ran = await shop.backUp()
    expect(ran.reporter.texts('warn')).toEqual([])
    const client = new pg.Client(shop.url)
    await client.connect()
    try {
      expect((await client.query('SELECT "status" FROM "BackupRun"')).rows).toEqual([{ status: 'completed' }])
    } finally {
      await client.end()
    }
  })

  test('may have enumerations, times with a zone and columns of its own', async () => {
    await shop.query(
      `CREATE TYPE "Status" AS ENUM ('running', 'completed', 'failed'); ${documentedTable}
       ALTER TABLE "BackupRun" ALTER COLUMN "status" TYPE "Status" USING "status"::"Status",
         ALTER COLUMN "startedAt" TYPE timestamptz, ADD COLUMN "note" text NOT NULL DEFAULT ''`,
    )
    const ran = await shop.backUp()
    expect(ran.reporter.texts('warn')).toEqual([])
    const [row] = await shop.query<RecordRow>('SELECT "status"::text AS status, "startedAt" FROM "BackupRun"')
    expect(row?.status).toBe('completed')
    expect(Math.abs(Number(row?.startedAt) - Date.now())).toBeLessThan(60_000)
  })

  test.each([
    ['a missing column', 'DROP COLUMN "bytes"', 'lacks column "bytes"'],
    ['two of them', 'DROP COLUMN "bytes", DROP COLUMN "error"', 'lacks column "bytes" and lacks column "error"'],
    ['a number too small', 'ALTER COLUMN "bytes" TYPE int', 'has column "bytes" of type integer, not BIGINT'],
    ['a time as text', 'ALTER COLUMN "startedAt" TYPE text', 'has column "startedAt" of type text'],
    [
      'a column that must be filled',
      'ALTER COLUMN "checksum" SET NOT NULL',
      'does not allow NULL in column "checksum"',
    ],
    ['no primary key', 'DROP CONSTRAINT "BackupRun_pkey"', 'has no primary key on "id"'],
  ])('with %s is a warning with the SQL that really mends it', async (_, change, warning) => {
    await shop.makeTable()
    await shop.query(`ALTER TABLE "BackupRun" ${change}`)
    const ran = await shop.backUp()
    const [told, ...others] = ran.reporter.texts('warn')
    expect(others).toEqual([])
    expect(told).toContain(`"BackupRun" of ${shop.name} on ${server.host}:${server.port} ${warning}`)
    expect(await shop.query('SELECT * FROM "BackupRun"')).toEqual([])
    await shop.query(told?.split('Run: ')[1] ?? '')
    const again = await shop.backUp()
    expect(again.reporter.texts('warn')).toEqual([])
    expect(await shop.rows()).toMatchObject([{ id: idOf(again), status: 'completed' }])
  })
})

describe('a record that cannot be written never stops a backup', () => {
  test('no table', async () => {
    const ran = await shop.backUp()
    expect(ran.reporter.texts('warn')).toEqual([
      expect.stringMatching(
        /^This run is not recorded as running: there is no table "BackupRun" of .*docs\/backup-run\.md/,
      ),
    ])
    expect((await shop.check()).reporter.texts('warn')).toEqual([
      expect.stringContaining('there is no table "BackupRun"'),
    ])
  })

  test('no server, no such database, no right password, no URL at all', async () => {
    const wrongs = [
      [`postgresql://x:y@127.0.0.1:${await freePort()}/x`, 'the connection was refused'],
      [`${shop.url.replace(/\/[^/]*$/, '/nowhere')}`, 'the database does not exist'],
      [shop.url.replace(encodeURIComponent(server.password), 'wrong-password'), 'rejected the user or password'],
      ['mysql://x', 'is not a PostgreSQL URL'],
    ] as const
    for (const [wrong, warning] of wrongs) {
      const { reporter } = await shop.backUp({ 'record-url': wrong })
      expect(reporter.texts('warn')).toEqual([expect.stringContaining(warning)])
      expect(JSON.stringify(reporter.events)).not.toContain('wrong-password')
    }
  })

  test('a table that somebody holds locked: it waits five seconds', async () => {
    await shop.makeTable()
    const holder = new pg.Client(shop.url)
    await holder.connect()
    try {
      await holder.query('BEGIN; LOCK TABLE "BackupRun"')
      const record = await openRecord(shop.url, { table: 'BackupRun', create: 'never' })
      const began = Date.now()
      await expect(record.find('x')).rejects.toMatchObject({ code: 'postgres/lock-timeout' })
      expect(Date.now() - began).toBeLessThan(9000)
    } finally {
      await holder.end()
    }
  })

  test('a server that takes connections and says nothing', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const unheard = `postgresql://x:y@127.0.0.1:${port}/x?sslmode=disable&connect_timeout=1`
    const began = Date.now()
    const ran = await shop.backUp({ 'record-url': unheard })
    expect(ran.reporter.texts('warn')).toEqual([expect.stringContaining('no answer in time')])
    expect(Date.now() - began).toBeLessThan(10_000)
    silent.close()
  })
})

test.each([
  [{ 'record-table': 'a.b.c' }, 'a.b.c'],
  [{ 'record-table': '"x"; DROP TABLE "Product"' }, 'record-table'],
  [{ record: 'false', 'record-create': 'true' }, 'record-create'],
])('inputs that make no sense together are refused: %j', async (inputs, named) => {
  await expect(shop.backUp(inputs)).rejects.toMatchObject({
    code: 'input/invalid',
    message: expect.stringContaining(named),
  })
})

test('checksum needs a database to compare with', async () => {
  await expect(shop.check({ 'database-url': '' })).rejects.toMatchObject({ code: 'input/invalid' })
})
