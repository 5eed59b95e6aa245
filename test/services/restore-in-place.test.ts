// Restores in place: everything in one transaction, and nothing changed if they fail.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { toUrl } from '../../src/engines/postgres/connection/address.ts'
import { flipBit, forgeRows, storedObject } from '../support/damaged-backup.ts'
import { endSessions } from '../support/ended-sessions.ts'
import { hostedObjects, laterChanges, refusesItemChanges } from '../support/hosted-database.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { oddObjects } from '../support/odd-objects.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything } from '../support/real-world.ts'
import { textOf } from '../support/report-text.ts'
import { runRestore } from '../support/restore-run.ts'
import { makeWideDatabase } from '../support/wide-database.ts'

const run = promisify(execFile)
let server: TestPostgres
/** As the database's owner, who may not create databases. */
let url: string

beforeAll(async () => {
  server = await startPostgres()
  await server.query('postgres', "CREATE ROLE tenant LOGIN PASSWORD 'secret'; CREATE ROLE reader")
})

afterAll(() => server?.stop())

beforeEach(async () => {
  await server.dropDatabase('hosted')
  await server.createDatabase('hosted', 'OWNER tenant')
  url = toUrl({ ...server.address('hosted'), user: 'tenant', password: 'secret' })
  await server.query('hosted', 'CREATE EXTENSION citext; CREATE EXTENSION pg_trgm SCHEMA public')
  await asTenant(hostedObjects)
})

async function asTenant<T>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const result = (await client.query(sql)) as unknown
    return ((Array.isArray(result) ? result.at(-1) : result) as { rows: T[] }).rows
  } finally {
    await client.end()
  }
}

const messUp = () => asTenant(laterChanges)

/** Everything that a dump of the database says, without what is random in it. */
async function dumpOf(database = 'hosted', ...options: string[]): Promise<string> {
  const { stdout } = await run('pg_dump', [...options, '-d', server.url(database)], { maxBuffer: 1 << 26 })
  return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '')
}

/** A store with a backup of a database. */
async function backedUp(source = url): Promise<MemoryStore> {
  const store = memoryStore()
  await backUpUrl(source, [store])
  return store
}

const inPlace = { strategy: 'in-place', confirm: 'hosted' } as const
/** Without the backup that a restore makes first. */
const withoutSafety = { ...inPlace, 'skip-safety-backup': 'true' } as const
const dump = { jobs: 2, sourceCounts: true, globals: false, lockTimeout: 5, selection: everything }

describe('a restore in place', () => {
  test.each(['custom', 'directory'] as const)(
    'replaces everything in one transaction, from format %s',
    async (format) => {
      const store = memoryStore()
      const { manifest } = await backUpUrl(url, [store], { dump: { ...dump, format } })
      const before = await dumpOf()
      await messUp()
      const { outcome } = await runRestore(url, [store], inPlace)
      expect(await dumpOf()).toBe(before)
      expect(outcome.outputs['backup-id']).toBe(manifest.id)
      expect(String(outcome.outputs['safety-backup-id'])).toContain('-safety-')
      const { outcome: back } = await runRestore(url, [store], {
        ...inPlace,
        backup: String(outcome.outputs['safety-backup-id']),
      })
      expect(back.outputs['safety-backup-id']).toBeDefined()
      expect(await asTenant('SELECT count(*)::int AS n FROM item')).toEqual([{ n: 10 }])
      expect(await asTenant('SELECT count(*)::int AS n FROM later.t')).toEqual([{ n: 0 }])
    },
  )

  test('takes a plain dump without large objects, and refuses one with them', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store], { dump: { ...dump, format: 'plain' } })
    await expect(runRestore(url, [store], inPlace)).rejects.toMatchObject({ code: 'restore/plain-format' })
    await asTenant('SELECT lo_unlink(oid) FROM pg_largeobject_metadata')
    await server.query('hosted', 'DROP EXTENSION citext CASCADE; DROP EXTENSION pg_trgm')
    await asTenant('CREATE TABLE more AS SELECT generate_series(1, 5) AS n')
    await backUpUrl(url, [store], { dump: { ...dump, format: 'plain' }, name: 'plain' })
    await asTenant('TRUNCATE more; DROP TABLE item CASCADE')
    await runRestore(url, [store], { ...inPlace, name: 'plain' })
    expect(await asTenant('SELECT count(*)::int AS n FROM more')).toEqual([{ n: 5 }])
  })

  test('replaces every kind of object, and leaves extensions', async () => {
    const wide = await makeWideDatabase(server, 'wide')
    await server.query('wide', oddObjects)
    const store = await backedUp(wide)
    const skipping = { strategy: 'in-place', confirm: 'wide', 'skip-safety-backup': 'true' }
    // The first time, inherited columns take the order that a restore gives them. Hash partitions on an enum move rows
    // every time.
    await runRestore(wide, [store], skipping)
    const before = await dumpOf('wide', '--schema-only')
    await server.query(
      'wide',
      'DROP TABLE public.st; CREATE DOMAIN later AS int; DROP SERVER far CASCADE; DROP EVENT TRIGGER et',
    )
    await runRestore(wide, [store], skipping)
    expect(await dumpOf('wide', '--schema-only')).toBe(before)
  })

  test('compares after the commit what the role of its session cannot read', async () => {
    await asTenant(`CREATE TABLE hidden AS SELECT 1 AS n; ALTER TABLE hidden ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY few ON hidden USING (n > 1)`)
    const store = await backedUp(server.url('hosted'))
    const { outcome } = await runRestore(server.url('hosted'), [store], withoutSafety)
    expect(outcome.failure).toBeUndefined()
    expect(await server.query('hosted', 'SELECT * FROM public.hidden')).toEqual([{ n: 1 }])
  })

  test('a dry run says what would be done, and that the role cannot swap', async () => {
    const store = await backedUp()
    const { outcome } = await runRestore(url, [store], { strategy: 'in-place', 'dry-run': 'true' })
    expect(outcome.failure).toBeUndefined()
    expect(textOf(outcome)).toContain('trigger safety')
    const { outcome: swap } = await runRestore(url, [store], { 'dry-run': 'true' })
    expect(textOf(swap)).toContain('[blocked] tenant cannot create databases')
    expect(swap.failure).toMatchObject({ code: 'restore/blocked' })
  })
})

describe('a restore in place that fails changes nothing', () => {
  const unchanged = async (work: () => Promise<unknown>, failure: object) => {
    await messUp()
    const before = await dumpOf()
    await expect(work()).rejects.toMatchObject(failure)
    expect(await dumpOf()).toBe(before)
  }

  test('when a stored byte is flipped', async () => {
    const store = await backedUp()
    flipBit(store, 0.9)
    await unchanged(() => runRestore(url, [store], withoutSafety), { code: 'store/object-damaged' })
  })

  test.each(['custom', 'plain'] as const)('when the rows are not those of the backup, in format %s', async (format) => {
    const store = memoryStore()
    if (format === 'plain') {
      await asTenant('SELECT lo_unlink(oid) FROM pg_largeobject_metadata')
      await server.query('hosted', 'DROP EXTENSION citext CASCADE; DROP EXTENSION pg_trgm')
    }
    await backUpUrl(url, [store], { dump: { ...dump, format } })
    forgeRows(store, 'item')
    await unchanged(() => runRestore(url, [store], withoutSafety), {
      code: 'restore/differs',
      message: expect.stringContaining('public.item: same number of rows'),
    })
  })

  test('when the payload is cut', async () => {
    const store = await backedUp()
    store.cues.breakRead = '.dump.zst'
    await unchanged(() => runRestore(url, [store], withoutSafety), {})
  })

  test('when the last byte of an uncompressed archive is missing', async () => {
    const store = await backedUp()
    const { object } = storedObject(store, '.dump.zst')
    object.content = object.content.subarray(0, -1)
    await unchanged(() => runRestore(url, [store], withoutSafety), { code: 'store/object-damaged' })
  })

  test('when the dump breaks a constraint of the server', async () => {
    const store = await backedUp()
    await messUp()
    await server.query('hosted', refusesItemChanges)
    const before = await dumpOf()
    const failing = runRestore(url, [store], withoutSafety)
    await expect(failing).rejects.toMatchObject({ code: 'postgres/permission-denied' })
    expect(await dumpOf()).toBe(before)
  })

  test('when the server ends the session in the middle', async () => {
    const store = memoryStore()
    await asTenant("INSERT INTO item (name) SELECT 'more ' || n FROM generate_series(1, 60000) n")
    await backUpUrl(url, [store])
    let over = false
    const loading = "datname = 'hosted' AND query ~ '^COPY public.item' AND query ~ 'stdin'"
    const ending = endSessions(server, loading, () => over, 10)
    try {
      await unchanged(() => runRestore(url, [store], withoutSafety), {
        kind: expect.stringMatching(/unreachable|tool/),
      })
    } finally {
      over = true
    }
    expect(await ending).toBeGreaterThan(0)
  })

  test('when it is interrupted', async () => {
    const store = await backedUp()
    const control = new AbortController()
    await messUp()
    const before = await dumpOf()
    const blocker = new pg.Client({ connectionString: server.url('hosted') })
    await blocker.connect()
    await blocker.query('BEGIN; LOCK TABLE item IN ACCESS SHARE MODE')
    const failing = runRestore(url, [store], withoutSafety, { signal: control.signal })
    setTimeout(() => control.abort(new Error('stop')), 1500)
    const began = performance.now()
    await expect(failing).rejects.toMatchObject({ code: 'internal/bug' })
    expect(performance.now() - began).toBeLessThan(6500)
    await blocker.end()
    expect(await dumpOf()).toBe(before)
  })

  test('when the safety backup fails, unless it is skipped', async () => {
    const store = await backedUp()
    store.cues.failCheck = true
    await unchanged(() => runRestore(url, [store], inPlace), {
      message: expect.stringContaining('safety backup failed'),
    })
  })
})

test('two restores of one database at a time: the second is refused', async () => {
  const store = await backedUp()
  const outcomes = await Promise.allSettled([1, 2].map(() => runRestore(url, [store], withoutSafety)))
  expect(outcomes.filter(({ status }) => status === 'rejected')).toMatchObject([
    { reason: { code: 'restore/already-running' } },
  ])
})
