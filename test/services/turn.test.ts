// Runs that back up one database take turns.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { parseAddress } from '../../src/engines/postgres/connection/address.ts'
import { backupLockKey } from '../../src/engines/postgres/dump/backup-lock.ts'
import { openDump } from '../../src/engines/postgres/dump/dump.ts'
import type { BackupLockRequest, PlatformDump } from '../../src/ports/platform.ts'
import { fakeDatabase } from '../support/fake-platform.ts'
import { fakeClock } from '../support/fakes.ts'
import { memoryStore } from '../support/memory-store.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { realClock } from '../support/real-clock.ts'
import { backUpUrl, everything, temporaryFolder } from '../support/real-world.ts'
import { watchedPlatform } from '../support/watched-platform.ts'

let server: TestPostgres
let folder: string
let url: string
let count = 0
const open: PlatformDump[] = []
const sessions: pg.Client[] = []
const children: ChildProcess[] = []

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('turn-test')
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  count += 1
  url = await server.createDatabase(`db${count}`)
  await server.query(`db${count}`, 'CREATE TABLE a (n int); INSERT INTO a SELECT generate_series(1, 3)')
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const client of sessions.splice(0)) await client.end()
  for (const dump of open.splice(0)) await dump.close()
})

interface Turn extends BackupLockRequest {
  readonly notes: string[]
  turns: number
}

function turn(seconds: number, clock: BackupLockRequest['clock'] = realClock): Turn {
  const made: Turn = {
    seconds,
    clock,
    ignoreOthers: false,
    warn: (sentence) => void made.notes.push(sentence),
    notes: [],
    turns: 0,
    note: (sentence) => void made.notes.push(sentence),
    onLockAcquired: () => {
      made.turns += 1
    },
  }
  return made
}

async function dumpOf(address: string, asked: Turn, signal = new AbortController().signal): Promise<PlatformDump> {
  const request = { format: 'custom', selection: everything, jobs: 1, sourceCounts: false, globals: false } as const
  const context = {
    address: parseAddress(address),
    tools: server.tools,
    database: fakeDatabase,
    readsPasswordHashes: true,
  }
  const dump = await openDump(context, { ...request, lockTimeout: 5, temporary: folder, signal, backupLock: asked })
  open.push(dump)
  return dump
}

/** A session that keeps every dump waiting for the table, until its transaction ends. */
async function tableHeld(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  sessions.push(client)
  await client.query('BEGIN; LOCK TABLE a IN ACCESS EXCLUSIVE MODE')
  return client
}

const holders = () =>
  server.query<{ pid: number }>(
    `db${count}`,
    `SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database
      WHERE locktype = 'advisory' AND classid = ${backupLockKey[0]} AND objid = ${backupLockKey[1]} AND granted AND datname = current_database()`,
  )

const until = (met: () => Promise<boolean>) => vi.waitUntil(met, { timeout: 20_000, interval: 50 })

describe('two runs of one database', () => {
  test('both complete, the second in a snapshot taken after the first ended', async () => {
    const held = await tableHeld()
    const watched = await watchedPlatform(url)
    const store = memoryStore()
    const first = backUpUrl(url, [store], { platform: watched.platform, waitForOtherRun: 60 })
    await until(async () => (await holders()).length === 1)
    const second = backUpUrl(url, [store], { waitForOtherRun: 60 })
    await sleep(300)
    expect(await holders()).toHaveLength(1)
    await held.query('INSERT INTO a VALUES (4); COMMIT')
    const [one, two] = (await Promise.all([first, second])).map(({ manifest }) => manifest)
    expect(Date.parse(two?.snapshot.taken ?? '')).toBeGreaterThanOrEqual(watched.closed())
    expect(Date.parse(two?.started ?? '')).toBeGreaterThanOrEqual(watched.closed())
    expect(one && two && one.id < two.id).toBe(true)
    expect(await holders()).toEqual([])
  })

  test('the one that waits says for whom, and about every minute again', async () => {
    await dumpOf(url, turn(0))
    const clock = fakeClock()
    const waiting = turn(150, clock)
    const failure = await dumpOf(url, waiting).catch((error) => error as Failure)
    const [{ pid } = { pid: 0 }] = await holders()
    expect(waiting.notes.map((note) => note.replace(/ more, because .*/, ''))).toEqual([
      'Waiting up to 2 min 30 s',
      'Waiting up to 1 min 30 s',
      'Waiting up to 30 s',
    ])
    expect(waiting.notes[0]).toMatch(
      new RegExp(`process ${pid}, resguardo, as postgres, from 127\\.0\\.0\\.1, since 20\\d\\d-`),
    )
    expect(failure).toMatchObject({
      code: 'postgres/dump-running',
      message: expect.stringContaining('after a wait of 2 min 30 s'),
    })
    expect([waiting.turns, clock.seconds()]).toEqual([0, 150])
  })

  test('one that is not to wait is refused at once, naming who is there', async () => {
    await dumpOf(url, turn(0))
    const refused = turn(0)
    await expect(dumpOf(url, refused)).rejects.toMatchObject({
      code: 'postgres/dump-running',
      message: expect.stringMatching(/^another run is dumping db\d+ on 127.0.0.1:\d+: process \d+, resguardo/),
      hint: expect.stringContaining('--wait-for-other-run'),
    })
    expect([refused.notes, refused.turns]).toEqual([[], 0])
  })

  test('one that is interrupted stops waiting and leaves no connection', async () => {
    const first = await dumpOf(url, turn(0))
    const stop = new AbortController()
    const asked = turn(60)
    const waiting = dumpOf(url, asked, stop.signal)
    await until(async () => asked.notes.length === 1)
    stop.abort(new Failure('interrupted', 'interrupted by SIGINT'))
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
    await first.close()
    await until(async () => (await holders()).length === 0)
    const left = await server.query('postgres', `SELECT 1 FROM pg_stat_activity WHERE datname = 'db${count}'`)
    expect(left).toEqual([])
  })

  test('a role that may not see others still waits, and knows at least the process', async () => {
    await server.query(
      `db${count}`,
      `CREATE ROLE reader${count} LOGIN PASSWORD 'x'; GRANT pg_read_all_data TO reader${count}`,
    )
    const first = await dumpOf(url, turn(0))
    const asked = turn(30)
    const second = dumpOf(url.replace(/\/\/.*@/, `//reader${count}:x@`), asked)
    await until(async () => asked.notes.length === 1)
    await first.close()
    await second
    expect(asked.notes[0]).toMatch(/process \d+/)
    expect(asked.turns).toBe(1)
  })
})

describe('the turn is free again', () => {
  test('after a dump that failed', async () => {
    const held = await tableHeld()
    const failed = backUpUrl(url, [memoryStore()], { waitForOtherRun: 0, dump: { ...request, lockTimeout: 1 } })
    await expect(failed).rejects.toMatchObject({ code: 'postgres/lock-timeout' })
    await held.query('ROLLBACK')
    await backUpUrl(url, [memoryStore()], { waitForOtherRun: 0 })
  })

  test('once a run is killed, without its cleaning up', async () => {
    const held = await tableHeld()
    const killed = spawn(process.execPath, [program, 'backup', '--backup-dir', join(folder, 'backups')], {
      env: { PATH: process.env.PATH ?? '', DATABASE_URL: url },
      stdio: 'ignore',
    })
    children.push(killed)
    await until(async () => (await holders()).length === 1)
    await expect(dumpOf(url, turn(0))).rejects.toMatchObject({ code: 'postgres/dump-running' })
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    await held.query('ROLLBACK')
    const next = turn(30)
    await dumpOf(url, next)
    expect(next.turns).toBe(1)
  })

  test('for other databases of the same server at any time', async () => {
    await dumpOf(url, turn(0))
    await dumpOf(server.url('postgres'), turn(0))
  })
})

test('on a standby runs take turns too, and a backup of it is whole', async () => {
  const standby = await startPostgres()
  try {
    const address = await standby.createDatabase('shop')
    await standby.query('shop', 'CREATE TABLE a (n int); INSERT INTO a SELECT generate_series(1, 3)')
    await writeFile(join(standby.folder, 'data', 'standby.signal'), '')
    await standby.restart()
    const first = await dumpOf(address, turn(0))
    expect(first.snapshot.standby).toBe(true)
    await expect(dumpOf(address, turn(0))).rejects.toMatchObject({ code: 'postgres/dump-running' })
    const second = backUpUrl(address, [memoryStore()], { waitForOtherRun: 30 })
    await sleep(300)
    await first.close()
    expect((await second).manifest).toMatchObject({
      snapshot: { standby: true },
      fingerprint: { tables: [{ rows: 3 }] },
    })
  } finally {
    await standby.stop()
  }
})

const request = { format: 'custom', selection: everything, jobs: 1, sourceCounts: true, globals: false } as const
const program = join(import.meta.dirname, '../../src/main/cli.ts')
