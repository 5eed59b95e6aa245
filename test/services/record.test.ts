import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { backup } from '../../src/commands/backup/backup.ts'
import { dump } from '../../src/commands/backup/dump.ts'
import type { Command, Outcome, World } from '../../src/commands/command.ts'
import { checksum } from '../../src/commands/copies/checksum.ts'
import { restore } from '../../src/commands/restore/restore.ts'
import { Failure } from '../../src/domain/failures/failure.ts'
import { openLiveServer } from '../../src/engines/postgres/live/open-live-server.ts'
import { openPlatform } from '../../src/engines/postgres/platform.ts'
import { columns, createStatement } from '../../src/engines/postgres/record/columns.ts'
import { openRecord } from '../../src/engines/postgres/record/open-record.ts'
import type { InputTable } from '../../src/inputs/kinds.ts'
import { parseInputs } from '../../src/inputs/parse.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { startResguardo } from '../support/command-line.ts'
import { fakeWorld, type RecordingReporter, recordingReporter } from '../support/fakes.ts'
import { freePort } from '../support/free-port.ts'
import { completed } from '../support/lists.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { realClock } from '../support/real-clock.ts'
import { randomDigits, temporaryFolder } from '../support/real-world.ts'
import { linesOf, textOf } from '../support/report-text.ts'

const run = promisify(execFile)
const page = await readFile(join(import.meta.dirname, '../../docs/backup-run.md'), 'utf8')
const block = (language: string, beginning: string): string =>
  [...page.matchAll(/```(\w+)\n(.*?)```/gs)].find(
    ([, name, text]) => name === language && text?.startsWith(beginning),
  )?.[2] ?? ''
const documentedTable = block('sql', 'CREATE TABLE')
const documentedModel = block('prisma', 'model BackupRun')

let server: TestPostgres
let folder: string
let url: string
let count = 0

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('record-test')
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Every test has a database and a store of its own, both named `shop<n>`. */
let name: string
beforeEach(async () => {
  count += 1
  name = `shop${count}`
  url = await server.createDatabase(name)
  await server.query(
    name,
    'CREATE TABLE "Product" (id int PRIMARY KEY); INSERT INTO "Product" SELECT generate_series(1, 50)',
  )
})

interface Row {
  readonly id: string
  readonly status: string
  readonly checksum: string | null
  readonly manifest: string | null
  readonly bytes: string | null
  readonly location: string | null
  readonly error: string | null
  readonly startedAt: Date
  readonly finishedAt: Date | null
}

const rowsOf = (database: string, table = '"BackupRun"') =>
  server.query<Row>(
    database,
    `SELECT t.*, t."startedAt" AT TIME ZONE 'UTC' AS "startedAt", t."finishedAt" AT TIME ZONE 'UTC' AS "finishedAt"
       FROM ${table} t ORDER BY t."startedAt"`,
  )
const makeTable = (database: string) => server.query(database, documentedTable)
const storeAddress = () => `file:${join(folder, name)}`

interface Ran {
  readonly outcome: Outcome
  readonly reporter: RecordingReporter
}

/**
 * Runs a real command in a real world; a broken rule and an outcome with a failure are thrown as a host would show
 * them.
 */
async function command(
  what: Command,
  inputs: Readonly<Record<string, string>>,
  { reporter = recordingReporter(), ...more }: Partial<World> & { readonly reporter?: RecordingReporter } = {},
): Promise<Ran> {
  const given: Record<string, string> = { 'database-url': url, record: 'true', ...inputs }
  const table: InputTable = completed(what).inputs
  if ('backup-dir' in table && !('store' in table)) given['backup-dir'] = join(folder, name)
  else given.store ??= storeAddress()
  const values = parseInputs(table, (row) => (row in given ? { text: given[row] ?? '', from: `--${row}` } : undefined))
  const broken = what.check?.(values, fakeWorld()) ?? []
  if (broken.length > 0) throw new Failure('input/invalid', broken.join('; '))
  const outcome = await what.run(values, {
    ...fakeWorld(),
    clock: realClock,
    random: randomDigits,
    temporary: tmpdir(),
    openLiveServer,
    openPlatform,
    openRecord,
    openStore: async (address: string) => openDirectoryStore(address.slice('file:'.length)),
    ...more,
    reporter,
  })
  if (outcome.failure) throw outcome.failure
  return { outcome, reporter }
}

const backUp = (inputs: Readonly<Record<string, string>> = {}, more: Parameters<typeof command>[2] = {}) =>
  command(backup as unknown as Command, inputs, more)
const check = (inputs: Readonly<Record<string, string>> = {}) => command(checksum as unknown as Command, inputs)
const restoreBackup = (inputs: Readonly<Record<string, string>> = {}) =>
  command(restore as unknown as Command, { confirm: name, ...inputs })
const idOf = ({ outcome }: Ran) => String(outcome.outputs['backup-id'])

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

describe('a backup', () => {
  test('is a completed row whose checksum is what sha256sum prints', async () => {
    await makeTable(name)
    const ran = await backUp({ trigger: 'scheduled' })
    expect(ran.reporter.texts('warn')).toEqual([])
    const [row, ...others] = await rowsOf(name)
    expect(others).toEqual([])
    expect(row).toMatchObject({
      id: idOf(ran),
      kind: 'platform',
      trigger: 'scheduled',
      status: 'completed',
      error: null,
    })
    expect(row?.location).toBe(storeAddress())
    expect(row?.bytes).toBe(String(ran.outcome.outputs.bytes))
    expect(Number(row?.finishedAt)).toBeGreaterThanOrEqual(Number(row?.startedAt))
    expect(Math.abs(Number(row?.startedAt) - Date.now())).toBeLessThan(60_000)
    const { stdout } = await run('sha256sum', [join(folder, name, name, idOf(ran), 'database.dump.zst')])
    expect(stdout.slice(0, 64)).toBe(row?.checksum)
    const manifest = await run('sha256sum', [join(folder, name, name, idOf(ran), 'manifest.json')])
    expect(manifest.stdout.slice(0, 64)).toBe(row?.manifest)
  })

  test('holds its own row as it was in the snapshot, running', async () => {
    await makeTable(name)
    const ran = await backUp()
    const archive = join(folder, name, name, idOf(ran), 'database.dump.zst')
    const { stdout } = await run('bash', ['-c', 'zstd -dc "$0" | pg_restore --data-only -t BackupRun -f -', archive])
    expect(stdout).toMatch(
      new RegExp(`^\\d{8}T\\d{6}Z-platform-manual-${idOf(ran).slice(-6)}\tplatform\tmanual\trunning\t`, 'm'),
    )
  })

  test('in the directory format is recorded by its SHA256SUMS, and checked by it', async () => {
    await makeTable(name)
    const ran = await backUp({ format: 'directory' })
    const { stdout } = await run('sha256sum', [join(folder, name, name, idOf(ran), 'SHA256SUMS')])
    const [row] = await rowsOf(name)
    expect(row?.checksum).toBe(stdout.slice(0, 64))
    const checked = await check()
    expect(checked.outcome.document).toMatchObject({ recorded: true })
    expect(checked.outcome.outputs.sha256).toBe(row?.checksum)
  })

  test('dump records too, and every run has a row of its own', async () => {
    await makeTable(name)
    const first = await command(dump as unknown as Command, {})
    const second = await backUp()
    expect((await rowsOf(name)).map(({ id }) => id).sort()).toEqual([idOf(first), idOf(second)].sort())
  })

  test('without --record touches no table', async () => {
    await makeTable(name)
    await backUp({ record: 'false' })
    expect(await rowsOf(name)).toEqual([])
  })

  test('that fails midway is a failed row with the sentence', async () => {
    await makeTable(name)
    await writeFile(join(folder, `${name}-in-the-way`), '')
    const failure = await backUp({ store: `file:${join(folder, `${name}-in-the-way`)}` }).catch(
      (error: unknown) => error as Failure,
    )
    expect(failure).toBeInstanceOf(Failure)
    expect(await rowsOf(name)).toMatchObject([
      {
        status: 'failed',
        error: (failure as Failure).message,
        checksum: null,
        location: null,
        finishedAt: expect.any(Date),
      },
    ])
  })

  test('that one of two stores did not take is failed, with the store that holds it', async () => {
    await makeTable(name)
    await writeFile(join(folder, `${name}-in-the-way`), '')
    const failure = await backUp({ store: `${storeAddress()}\nfile:${join(folder, `${name}-in-the-way`)}` }).catch(
      (error: unknown) => error as Failure,
    )
    const [row] = await rowsOf(name)
    expect(row).toMatchObject({ status: 'failed', error: (failure as Failure).message, location: storeAddress() })
    expect(row?.checksum).toMatch(/^[0-9a-f]{64}$/)
    expect((await check({ store: storeAddress() })).outcome.document).toMatchObject({ recorded: true })
  })

  test('that is interrupted while it dumps is a failed row', async () => {
    await makeTable(name)
    const controller = new AbortController()
    const reporter = recordingReporter()
    const interrupting: RecordingReporter = {
      ...reporter,
      phase: async (title, work) => {
        if (title.startsWith('Dumping')) controller.abort(new Failure('interrupted', 'interrupted by SIGINT'))
        return reporter.phase(title, work)
      },
    }
    await expect(backUp({}, { signal: controller.signal, reporter: interrupting })).rejects.toMatchObject({
      code: 'interrupted',
    })
    expect(await rowsOf(name)).toMatchObject([{ status: 'failed', error: 'interrupted by SIGINT', checksum: null }])
  })

  test('that gets SIGINT on the command line is a failed row', async () => {
    await makeTable(name)
    const holder = new pg.Client(url)
    await holder.connect()
    try {
      await holder.query('BEGIN; LOCK TABLE "Product"')
      const store = storeAddress()
      const running = startResguardo(['backup', '--record', '--store', store], { DATABASE_URL: url })
      await vi.waitFor(async () => expect(await rowsOf(name)).toMatchObject([{ status: 'running' }]), 20_000)
      const began = Date.now()
      running.child.kill('SIGINT')
      expect(await running.finished).toMatchObject({ code: 130 })
      expect(Date.now() - began).toBeLessThan(7500)
    } finally {
      await holder.end()
    }
    expect(await rowsOf(name)).toMatchObject([{ status: 'failed', error: expect.stringContaining('SIGINT') }])
  })

  test('leaves no secret in any column', async () => {
    await makeTable(name)
    await server.query(name, `CREATE ROLE "${name}" LOGIN PASSWORD 'pass/word-of-${name}'`)
    await server.query(name, `GRANT SELECT, INSERT, UPDATE ON "BackupRun" TO "${name}"`)
    const login = new URL(url)
    login.username = name
    login.password = encodeURIComponent(`pass/word-of-${name}`)
    await expect(backUp({ 'database-url': login.href })).rejects.toThrow()
    await expect(
      backUp({ 'database-url': `${url.replace(/\/[^/]*$/, '/nowhere')}`, 'record-url': url }),
    ).rejects.toThrow()
    await backUp()
    const rows = JSON.stringify(await server.query(name, 'SELECT * FROM "BackupRun"'))
    expect(JSON.parse(rows)).toHaveLength(3)
    for (const secret of [server.password, 'word-of', login.password]) expect(rows).not.toContain(secret)
  })
})

describe('the table', () => {
  test('is made on demand, as documented, and only once', async () => {
    await backUp({ 'record-create': 'true' })
    await backUp({ 'record-create': 'true' })
    expect(await rowsOf(name)).toHaveLength(2)
    const sql = `SELECT column_name, data_type, is_nullable, datetime_precision FROM information_schema.columns WHERE table_name = 'BackupRun' ORDER BY ordinal_position`
    const documented = await server.createDatabase(`${name}_documented`)
    expect(documented).toBeTruthy()
    await makeTable(`${name}_documented`)
    expect(await server.query(name, sql)).toEqual(await server.query(`${name}_documented`, sql))
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
    await Promise.all(rows.map(async (row) => (await openRecord(url, settings)).save(row)))
    expect((await rowsOf(name)).map(({ id }) => id).sort()).toEqual(rows.map(({ id }) => id))
    const [first] = await rowsOf(name)
    expect(first?.startedAt).toEqual(new Date('2026-11-24T02:00:05Z'))
  })

  test('is not the first one made in an empty database, which is refused as ever', async () => {
    await server.query(name, 'DROP TABLE "Product"')
    const reporter = recordingReporter()
    await expect(backUp({ 'record-create': 'true' }, { reporter })).rejects.toMatchObject({
      code: 'postgres/no-tables',
    })
    expect(reporter.texts('warn')).toEqual([expect.stringContaining('so "BackupRun" was not created there')])
    expect(await server.query(name, `SELECT to_regclass('"BackupRun"') AS made`)).toEqual([{ made: null }])
  })

  test('may be in another database, an empty one too', async () => {
    const elsewhere = await server.createDatabase(`${name}_records`)
    const ran = await backUp({ 'record-url': elsewhere, 'record-create': 'true' })
    expect(await rowsOf(`${name}_records`)).toMatchObject([{ id: idOf(ran), status: 'completed' }])
    expect((await check({ 'record-url': elsewhere })).outcome.document).toMatchObject({ recorded: true })
  })

  test.each([`"Robert'); DROP TABLE ""Product""; --"`, '"SELECT"', '"%I $1 né\\ 🐘"', '"Odd.schema"."""BackupRun"""'])(
    'may have a hostile name: %s',
    async (table) => {
      await server.query(name, 'CREATE SCHEMA "Odd.schema"')
      const ran = await backUp({ 'record-table': table, 'record-create': 'true' })
      expect(ran.reporter.texts('warn')).toEqual([])
      expect(await rowsOf(name, table)).toMatchObject([{ id: idOf(ran), status: 'completed' }])
      expect((await check({ 'record-table': table })).outcome.document).toMatchObject({ recorded: true })
      expect(await server.query(name, 'SELECT count(*)::int AS n FROM "Product"')).toEqual([{ n: 50 }])
    },
  )

  test('lies in Prisma’s schema where the URL names one', async () => {
    await server.query(name, `CREATE SCHEMA app; SET search_path = app; ${documentedTable}`)
    const ran = await backUp({ 'database-url': `${url}${url.includes('?') ? '&' : '?'}schema=app` })
    expect(await rowsOf(name, 'app."BackupRun"')).toMatchObject([{ id: idOf(ran) }])
  })

  test('may be in a database whose transactions are read-only by default', async () => {
    await makeTable(name)
    await server.query(name, `ALTER DATABASE "${name}" SET default_transaction_read_only = on`)
    const ran = await backUp()
    expect(ran.reporter.texts('warn')).toEqual([])
    const client = new pg.Client(url)
    await client.connect()
    try {
      expect((await client.query('SELECT "status" FROM "BackupRun"')).rows).toEqual([{ status: 'completed' }])
    } finally {
      await client.end()
    }
  })

  test('may have enumerations, times with a zone and columns of its own', async () => {
    await server.query(
      name,
      `CREATE TYPE "Status" AS ENUM ('running', 'completed', 'failed'); ${documentedTable}
       ALTER TABLE "BackupRun" ALTER COLUMN "status" TYPE "Status" USING "status"::"Status",
         ALTER COLUMN "startedAt" TYPE timestamptz, ADD COLUMN "note" text NOT NULL DEFAULT ''`,
    )
    const ran = await backUp()
    expect(ran.reporter.texts('warn')).toEqual([])
    const [row] = await server.query<Row>(name, 'SELECT "status"::text AS status, "startedAt" FROM "BackupRun"')
    expect(row?.status).toBe('completed')
    expect(Math.abs(Number(row?.startedAt) - Date.now())).toBeLessThan(60_000)
  })

  test.each([
    ['a missing column', 'ALTER TABLE "BackupRun" DROP COLUMN "bytes"', 'lacks column "bytes"'],
    [
      'two of them',
      'ALTER TABLE "BackupRun" DROP COLUMN "bytes", DROP COLUMN "error"',
      'lacks column "bytes" and lacks column "error"',
    ],
    [
      'a number too small',
      'ALTER TABLE "BackupRun" ALTER COLUMN "bytes" TYPE int',
      'has column "bytes" of type integer, not BIGINT',
    ],
    [
      'a time as text',
      'ALTER TABLE "BackupRun" ALTER COLUMN "startedAt" TYPE text',
      'has column "startedAt" of type text',
    ],
    [
      'a column that must be filled',
      'ALTER TABLE "BackupRun" ALTER COLUMN "checksum" SET NOT NULL',
      'does not allow NULL in column "checksum"',
    ],
    ['no primary key', 'ALTER TABLE "BackupRun" DROP CONSTRAINT "BackupRun_pkey"', 'has no primary key on "id"'],
  ])('with %s is a warning with the SQL that really mends it', async (_, spoil, warning) => {
    await makeTable(name)
    await server.query(name, spoil)
    const ran = await backUp()
    const [told, ...others] = ran.reporter.texts('warn')
    expect(others).toEqual([])
    expect(told).toContain(`"BackupRun" of ${name} on ${server.host}:${server.port} ${warning}`)
    expect(await server.query(name, 'SELECT * FROM "BackupRun"')).toEqual([])
    await server.query(name, told?.split('Run: ')[1] ?? '')
    const again = await backUp()
    expect(again.reporter.texts('warn')).toEqual([])
    expect(await rowsOf(name)).toMatchObject([{ id: idOf(again), status: 'completed' }])
  })
})

describe('a record that cannot be written never stops a backup', () => {
  test('no table', async () => {
    const ran = await backUp()
    expect(ran.reporter.texts('warn')).toEqual([
      expect.stringMatching(
        /^This run is not recorded as running: there is no table "BackupRun" of .*docs\/backup-run\.md/,
      ),
    ])
    expect((await check()).reporter.texts('warn')).toEqual([expect.stringContaining('there is no table "BackupRun"')])
  })

  test('no server, no such database, no right password, no URL at all', async () => {
    const wrongs = [
      [`postgresql://x:y@127.0.0.1:${await freePort()}/x`, 'the connection was refused'],
      [`${url.replace(/\/[^/]*$/, '/nowhere')}`, 'the database does not exist'],
      [url.replace(encodeURIComponent(server.password), 'wrong-password'), 'rejected the user or password'],
      ['mysql://x', 'is not a PostgreSQL URL'],
    ] as const
    for (const [wrong, warning] of wrongs) {
      const { reporter } = await backUp({ 'record-url': wrong })
      expect(reporter.texts('warn')).toEqual([expect.stringContaining(warning)])
      expect(JSON.stringify(reporter.events)).not.toContain('wrong-password')
    }
  })

  test('a table that somebody holds locked: it waits five seconds', async () => {
    await makeTable(name)
    const holder = new pg.Client(url)
    await holder.connect()
    try {
      await holder.query('BEGIN; LOCK TABLE "BackupRun"')
      const record = await openRecord(url, { table: 'BackupRun', create: 'never' })
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
    const ran = await backUp({ 'record-url': unheard })
    expect(ran.reporter.texts('warn')).toEqual([expect.stringContaining('no answer in time')])
    expect(Date.now() - began).toBeLessThan(10_000)
    silent.close()
  })
})

describe('comparing with the record', () => {
  const forged = 'f'.repeat(64)

  test('checksum names both if the row says another, and only warns if there is no row', async () => {
    await makeTable(name)
    const ran = await backUp()
    const good = await check()
    expect(textOf(good.outcome)).toMatch(/"BackupRun" of .*with the same SHA-256/)
    await server.query(name, `UPDATE "BackupRun" SET "checksum" = '${forged}'`)
    const failure = await check().catch((error: unknown) => error as Failure)
    expect(failure).toMatchObject({ code: 'record/checksum-mismatch', exitCode: 4 })
    expect((failure as Failure).message).toContain(forged)
    expect((failure as Failure).message).toContain(String(ran.outcome.outputs.sha256))
    await server.query(name, 'DELETE FROM "BackupRun"')
    const { reporter, outcome } = await check()
    expect(reporter.texts('warn')).toEqual([expect.stringContaining(`has no row for ${idOf(ran)}`)])
    expect(outcome.document).toMatchObject({ recorded: false })
  })

  test('restore fails before anything changes', async () => {
    await makeTable(name)
    await backUp()
    await server.query(name, `UPDATE "BackupRun" SET "checksum" = '${forged}'; DELETE FROM "Product"`)
    const before = await server.query('postgres', 'SELECT oid, datname FROM pg_database ORDER BY 1')
    await expect(restoreBackup()).rejects.toMatchObject({
      code: 'record/checksum-mismatch',
      message: expect.stringContaining(forged),
    })
    expect(await server.query('postgres', 'SELECT oid, datname FROM pg_database ORDER BY 1')).toEqual(before)
    expect(await server.query(name, 'SELECT count(*)::int AS n FROM "Product"')).toEqual([{ n: 0 }])
  })

  test.each(['swap', 'in-place'])('restore (%s) mends the row that the backup holds of itself', async (strategy) => {
    await makeTable(name)
    const ran = await backUp()
    const [recorded] = await rowsOf(name)
    const later = await backUp()
    const { reporter } = await restoreBackup({ strategy, backup: idOf(ran) })
    expect(reporter.texts('warn')).toEqual([])
    const rows = await rowsOf(name)
    expect(rows.map(({ id }) => id)).not.toContain(idOf(later))
    expect(rows).toMatchObject([
      {
        id: idOf(ran),
        status: 'completed',
        checksum: recorded?.checksum,
        manifest: recorded?.manifest,
        bytes: recorded?.bytes,
        location: recorded?.location,
        finishedAt: expect.any(Date),
      },
    ])
    expect((await check({ backup: idOf(ran) })).outcome.document).toMatchObject({ recorded: true })
    if (strategy === 'swap') {
      const { outcome } = await restoreBackup({ undo: 'true', 'dry-run': 'true' })
      expect(linesOf(outcome)).toContainEqual(expect.stringContaining('BackupRun'))
    }
  })

  test('restore without --record leaves it running, and restore from it warns but goes on', async () => {
    await makeTable(name)
    const ran = await backUp()
    await restoreBackup({ record: 'false' })
    expect(await rowsOf(name)).toMatchObject([{ status: 'running' }])
    const { reporter } = await restoreBackup()
    expect(reporter.texts('warn')).toContainEqual(expect.stringContaining('as running, without the SHA-256'))
    expect(await rowsOf(name)).toMatchObject([{ id: idOf(ran), status: 'completed' }])
  })

  test('restore of a database that is gone warns and goes on, then mends', async () => {
    await makeTable(name)
    const ran = await backUp()
    await server.dropDatabase(name)
    const { reporter } = await restoreBackup()
    expect(reporter.texts('warn')).toContainEqual(
      expect.stringContaining(`${idOf(ran)} was not compared with the record`),
    )
    expect(await rowsOf(name)).toMatchObject([{ id: idOf(ran), status: 'completed' }])
  })
})

test.each([
  [{ 'record-table': 'a.b.c' }, 'a.b.c'],
  [{ 'record-table': '"x"; DROP TABLE "Product"' }, 'record-table'],
  [{ record: 'false', 'record-create': 'true' }, 'record-create'],
])('inputs that make no sense together are refused: %j', async (inputs, named) => {
  await expect(backUp(inputs)).rejects.toMatchObject({ code: 'input/invalid', message: expect.stringContaining(named) })
})

test('checksum needs a database to compare with', async () => {
  await expect(check({ 'database-url': '' })).rejects.toMatchObject({ code: 'input/invalid' })
})
