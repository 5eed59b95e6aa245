// Rows in the record of runs: what a backup writes, and what checksum and restore compare with it.
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { dump } from '../../src/commands/backup/dump.ts'
import type { Command } from '../../src/commands/command.ts'
import { Failure } from '../../src/domain/failures/failure.ts'
import { startResguardo } from '../support/command-line.ts'
import { reporterAtPhase } from '../support/fakes.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { idOf, makeRecordedDatabase, type RecordedDatabase } from '../support/recorded-database.ts'
import { linesOf, textOf } from '../support/report-text.ts'

const run = promisify(execFile)
let server: TestPostgres
let folder: string
/** The database of one test. */
let shop: RecordedDatabase
let count = 0

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('record-test')
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  count += 1
  shop = await makeRecordedDatabase(server, folder, `shop${count}`)
})

const sha256sum = async (path: string) => (await run('sha256sum', [path])).stdout.slice(0, 64)

describe('a backup', () => {
  test('is a completed row whose checksum is what sha256sum prints', async () => {
    await shop.makeTable()
    const ran = await shop.backUp({ trigger: 'scheduled' })
    expect(ran.reporter.texts('warn')).toEqual([])
    const [row, ...others] = await shop.rows()
    expect(others).toEqual([])
    expect(row).toMatchObject({
      id: idOf(ran),
      kind: 'platform',
      trigger: 'scheduled',
      status: 'completed',
      error: null,
    })
    expect(row?.location).toBe(shop.storeAddress())
    expect(row?.bytes).toBe(String(ran.outcome.outputs.bytes))
    expect(Number(row?.finishedAt)).toBeGreaterThanOrEqual(Number(row?.startedAt))
    expect(Math.abs(Number(row?.startedAt) - Date.now())).toBeLessThan(60_000)
    expect(await sha256sum(shop.storedFile(ran, 'database.dump.zst'))).toBe(row?.checksum)
    expect(await sha256sum(shop.storedFile(ran, 'manifest.json'))).toBe(row?.manifest)
  })

  test('holds its own row as it was in the snapshot, running', async () => {
    await shop.makeTable()
    const ran = await shop.backUp()
    const archive = shop.storedFile(ran, 'database.dump.zst')
    const { stdout } = await run('bash', ['-c', 'zstd -dc "$0" | pg_restore --data-only -t BackupRun -f -', archive])
    expect(stdout).toMatch(
      new RegExp(`^\\d{8}T\\d{6}Z-platform-manual-${idOf(ran).slice(-6)}\tplatform\tmanual\trunning\t`, 'm'),
    )
  })

  test('in the directory format is recorded by its SHA256SUMS, and checked by it', async () => {
    await shop.makeTable()
    const ran = await shop.backUp({ format: 'directory' })
    const [row] = await shop.rows()
    expect(row?.checksum).toBe(await sha256sum(shop.storedFile(ran, 'SHA256SUMS')))
    const checked = await shop.check()
    expect(checked.outcome.document).toMatchObject({ recorded: true })
    expect(checked.outcome.outputs.sha256).toBe(row?.checksum)
  })

  test('dump records too, and every run has a row of its own', async () => {
    await shop.makeTable()
    const first = await shop.run(dump as unknown as Command, {})
    const second = await shop.backUp()
    expect((await shop.rows()).map(({ id }) => id).sort()).toEqual([idOf(first), idOf(second)].sort())
  })

  test('without --record touches no table', async () => {
    await shop.makeTable()
    await shop.backUp({ record: 'false' })
    expect(await shop.rows()).toEqual([])
  })

  test('that fails midway is a failed row with the sentence', async () => {
    await shop.makeTable()
    const failure = await shop.backUp({ store: await shop.brokenStore() }).catch((error: unknown) => error as Failure)
    expect(failure).toBeInstanceOf(Failure)
    expect(await shop.rows()).toMatchObject([
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
    await shop.makeTable()
    const failure = await shop
      .backUp({ store: `${shop.storeAddress()}\n${await shop.brokenStore()}` })
      .catch((error: unknown) => error as Failure)
    const [row] = await shop.rows()
    expect(row).toMatchObject({ status: 'failed', error: (failure as Failure).message, location: shop.storeAddress() })
    expect(row?.checksum).toMatch(/^[0-9a-f]{64}$/)
    expect((await shop.check({ store: shop.storeAddress() })).outcome.document).toMatchObject({ recorded: true })
  })

  test('that is interrupted while it dumps is a failed row', async () => {
    await shop.makeTable()
    const controller = new AbortController()
    const interrupt = () => controller.abort(new Failure('interrupted', 'interrupted by SIGINT'))
    const reporter = reporterAtPhase('Dumping', interrupt)
    const failing = shop.backUp({}, { signal: controller.signal, reporter })
    await expect(failing).rejects.toMatchObject({ code: 'interrupted' })
    expect(await shop.rows()).toMatchObject([{ status: 'failed', error: 'interrupted by SIGINT', checksum: null }])
  })

  test('that gets SIGINT on the command line is a failed row', async () => {
    await shop.makeTable()
    const holder = new pg.Client(shop.url)
    await holder.connect()
    try {
      await holder.query('BEGIN; LOCK TABLE "Product"')
      const store = shop.storeAddress()
      const running = startResguardo(['backup', '--record', '--store', store], { DATABASE_URL: shop.url })
      await vi.waitFor(async () => expect(await shop.rows()).toMatchObject([{ status: 'running' }]), 20_000)
      const began = Date.now()
      running.child.kill('SIGINT')
      expect(await running.finished).toMatchObject({ code: 130 })
      expect(Date.now() - began).toBeLessThan(7500)
    } finally {
      await holder.end()
    }
    expect(await shop.rows()).toMatchObject([{ status: 'failed', error: expect.stringContaining('SIGINT') }])
  })

  test('leaves no secret in any column', async () => {
    await shop.makeTable()
    await shop.query(`CREATE ROLE "${shop.name}" LOGIN PASSWORD 'pass/word-of-${shop.name}'`)
    await shop.query(`GRANT SELECT, INSERT, UPDATE ON "BackupRun" TO "${shop.name}"`)
    const login = new URL(shop.url)
    login.username = shop.name
    login.password = encodeURIComponent(`pass/word-of-${shop.name}`)
    await expect(shop.backUp({ 'database-url': login.href })).rejects.toThrow()
    await expect(
      shop.backUp({ 'database-url': `${shop.url.replace(/\/[^/]*$/, '/nowhere')}`, 'record-url': shop.url }),
    ).rejects.toThrow()
    await shop.backUp()
    const rows = JSON.stringify(await shop.query('SELECT * FROM "BackupRun"'))
    expect(JSON.parse(rows)).toHaveLength(3)
    for (const secret of [server.password, 'word-of', login.password]) expect(rows).not.toContain(secret)
  })
})

describe('comparing with the record', () => {
  const forged = 'f'.repeat(64)

  test('checksum names both if the row says another, and only warns if there is no row', async () => {
    await shop.makeTable()
    const ran = await shop.backUp()
    const good = await shop.check()
    expect(textOf(good.outcome)).toMatch(/"BackupRun" of .*with the same SHA-256/)
    await shop.query(`UPDATE "BackupRun" SET "checksum" = '${forged}'`)
    const failure = await shop.check().catch((error: unknown) => error as Failure)
    expect(failure).toMatchObject({ code: 'record/checksum-mismatch', exitCode: 4 })
    expect((failure as Failure).message).toContain(forged)
    expect((failure as Failure).message).toContain(String(ran.outcome.outputs.sha256))
    await shop.query('DELETE FROM "BackupRun"')
    const { reporter, outcome } = await shop.check()
    expect(reporter.texts('warn')).toEqual([expect.stringContaining(`has no row for ${idOf(ran)}`)])
    expect(outcome.document).toMatchObject({ recorded: false })
  })

  test('restore fails before anything changes', async () => {
    await shop.makeTable()
    await shop.backUp()
    await shop.query(`UPDATE "BackupRun" SET "checksum" = '${forged}'; DELETE FROM "Product"`)
    const before = await server.query('postgres', 'SELECT oid, datname FROM pg_database ORDER BY 1')
    await expect(shop.restore()).rejects.toMatchObject({
      code: 'record/checksum-mismatch',
      message: expect.stringContaining(forged),
    })
    expect(await server.query('postgres', 'SELECT oid, datname FROM pg_database ORDER BY 1')).toEqual(before)
    expect(await shop.query('SELECT count(*)::int AS n FROM "Product"')).toEqual([{ n: 0 }])
  })

  test.each(['swap', 'in-place'])('restore (%s) mends the row that the backup holds of itself', async (strategy) => {
    await shop.makeTable()
    const ran = await shop.backUp()
    const [recorded] = await shop.rows()
    const later = await shop.backUp()
    const { reporter } = await shop.restore({ strategy, backup: idOf(ran) })
    expect(reporter.texts('warn')).toEqual([])
    const rows = await shop.rows()
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
    expect((await shop.check({ backup: idOf(ran) })).outcome.document).toMatchObject({ recorded: true })
    if (strategy === 'swap') {
      const { outcome } = await shop.restore({ undo: 'true', 'dry-run': 'true' })
      expect(linesOf(outcome)).toContainEqual(expect.stringContaining('BackupRun'))
    }
  })

  test('restore without --record leaves it running, and restore from it warns but goes on', async () => {
    await shop.makeTable()
    const ran = await shop.backUp()
    await shop.restore({ record: 'false' })
    expect(await shop.rows()).toMatchObject([{ status: 'running' }])
    const { reporter } = await shop.restore()
    expect(reporter.texts('warn')).toContainEqual(expect.stringContaining('as running, without the SHA-256'))
    expect(await shop.rows()).toMatchObject([{ id: idOf(ran), status: 'completed' }])
  })

  test('restore of a database that is gone warns and goes on, then mends', async () => {
    await shop.makeTable()
    const ran = await shop.backUp()
    await server.dropDatabase(shop.name)
    const { reporter } = await shop.restore()
    expect(reporter.texts('warn')).toContainEqual(
      expect.stringContaining(`${idOf(ran)} was not compared with the record`),
    )
    expect(await shop.rows()).toMatchObject([{ id: idOf(ran), status: 'completed' }])
  })
})
