import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { manifestFile } from '../../src/domain/backups/backup.ts'
import type { Manifest, PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { manifestText, parseManifest, sealManifest } from '../../src/domain/manifest/manifest-json.ts'
import { toUrl } from '../../src/engines/postgres/connection/address.ts'
import { openLiveServer } from '../../src/engines/postgres/live/open-live-server.ts'
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
  await asTenant(`
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE TABLE item (id serial PRIMARY KEY, name citext UNIQUE, mood mood DEFAULT 'good', at timestamptz DEFAULT '2026-01-01');
    INSERT INTO item (name) SELECT 'item ' || n FROM generate_series(1, 300) n;
    CREATE SCHEMA "odd 🐘"; CREATE TABLE "odd 🐘"."T x" (v jsonb); INSERT INTO "odd 🐘"."T x" VALUES ('{"a": 1}');
    CREATE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
RETURN 42;
END;
$$;
    CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$
BEGIN
COMMIT;
END;
$$;
    CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int, initcond = '0');
    CREATE VIEW names AS SELECT name FROM item;
    CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM item;
    GRANT SELECT ON item TO reader; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;
    SELECT lo_from_bytea(0, 'large'); COMMENT ON SCHEMA "odd 🐘" IS 'odd'`)
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

const messUp = () =>
  asTenant(`
    DELETE FROM item WHERE id > 10; CREATE TABLE made_later (x int); DROP SCHEMA "odd 🐘" CASCADE; DROP FUNCTION answer();
    CREATE SCHEMA later; CREATE TABLE later.t (); CREATE FUNCTION later_fn() RETURNS int LANGUAGE sql AS 'SELECT 1';
    SELECT lo_from_bytea(0, 'another'); ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`)

/** Everything that a dump of the database says, without what is random in it. */
async function dumpOf(database = 'hosted', ...options: string[]): Promise<string> {
  const { stdout } = await run('pg_dump', [...options, '-d', server.url(database)], { maxBuffer: 1 << 26 })
  return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '')
}

/** Ends every session that loads the table's rows, until told; gives how many there were. */
async function hunt(over: () => boolean): Promise<number> {
  const client = new pg.Client({ connectionString: server.superuserUrl })
  client.on('error', () => {})
  await client.connect()
  let ended = 0
  while (!over()) {
    const { rowCount } = await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'hosted' AND query ~ '^COPY public.item' AND query ~ 'stdin'",
    )
    ended += rowCount ?? 0
    await client.query('SELECT pg_sleep(0.01)')
  }
  await client.end()
  return ended
}

const inPlace = { strategy: 'in-place', confirm: 'hosted' } as const
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
    const store = memoryStore()
    await backUpUrl(wide, [store])
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
    const store = memoryStore()
    await backUpUrl(server.url('hosted'), [store])
    const { outcome } = await runRestore(server.url('hosted'), [store], { ...inPlace, 'skip-safety-backup': 'true' })
    expect(outcome.failure).toBeUndefined()
    expect(await server.query('hosted', 'SELECT * FROM public.hidden')).toEqual([{ n: 1 }])
  })

  test('a dry run says what would be done, and that the role cannot swap', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store])
    const { outcome } = await runRestore(url, [store], { strategy: 'in-place', 'dry-run': 'true' })
    expect(outcome.failure).toBeUndefined()
    expect(textOf(outcome)).toContain('trigger safety')
    const { outcome: swap } = await runRestore(url, [store], { 'dry-run': 'true' })
    expect(textOf(swap)).toContain('[blocked] tenant cannot create databases')
    expect(swap.failure).toMatchObject({ code: 'restore/blocked' })
  })
})

/** The manifest claims other rows of a table than the dump has. */
function forgeRows(store: MemoryStore): void {
  const [key = '', manifest] = [...store.objects].find(([each]) => each.endsWith(`/${manifestFile}`)) ?? []
  const { digest: _, ...honest } = parseManifest(manifest?.content.toString() ?? '') as PostgresManifest
  const { fingerprint } = honest
  const tables = fingerprint.tables.map((table) =>
    table.table === 'item' ? { ...table, sha256: '0'.repeat(64) } : table,
  )
  const forged = sealManifest({ ...honest, fingerprint: { ...fingerprint, tables } } as unknown as Manifest)
  store.objects.set(key, { content: Buffer.from(manifestText(forged)), modified: new Date() })
}

describe('a restore in place that fails changes nothing', () => {
  const unchanged = async (work: () => Promise<unknown>, failure: object) => {
    await messUp()
    const before = await dumpOf()
    await expect(work()).rejects.toMatchObject(failure)
    expect(await dumpOf()).toBe(before)
  }

  test('when a stored byte is flipped', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store])
    const archive = [...store.objects].find(([key]) => key.endsWith('.dump.zst'))?.[1]
    const middle = Math.floor((archive?.content.length ?? 0) * 0.9)
    archive?.content.writeUInt8((archive.content[middle] ?? 0) ^ 1, middle)
    await unchanged(() => runRestore(url, [store], { ...inPlace, 'skip-safety-backup': 'true' }), {
      code: 'store/object-damaged',
    })
  })

  test.each(['custom', 'plain'] as const)('when the rows are not those of the backup, in format %s', async (format) => {
    const store = memoryStore()
    if (format === 'plain') {
      await asTenant('SELECT lo_unlink(oid) FROM pg_largeobject_metadata')
      await server.query('hosted', 'DROP EXTENSION citext CASCADE; DROP EXTENSION pg_trgm')
    }
    await backUpUrl(url, [store], { dump: { ...dump, format } })
    forgeRows(store)
    await unchanged(() => runRestore(url, [store], { ...inPlace, 'skip-safety-backup': 'true' }), {
      code: 'restore/differs',
      message: expect.stringContaining('public.item: same number of rows'),
    })
  })

  test('when the payload is cut', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store])
    store.cues.breakRead = '.dump.zst'
    await unchanged(() => runRestore(url, [store], { ...inPlace, 'skip-safety-backup': 'true' }), {})
  })

  test('when the last byte of an uncompressed archive is missing', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store])
    const archive = [...store.objects].find(([key]) => key.endsWith('.dump.zst'))?.[1]
    if (archive) archive.content = archive.content.subarray(0, -1)
    await unchanged(() => runRestore(url, [store], { ...inPlace, 'skip-safety-backup': 'true' }), {
      code: 'store/object-damaged',
    })
  })

  test('when the dump breaks a constraint of the server', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store])
    await messUp()
    await server.query(
      'hosted',
      `CREATE FUNCTION public.no_trigger() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
         IF (SELECT count(*) FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'ALTER TABLE' AND object_identity LIKE '%item%') > 0
         AND EXISTS (SELECT FROM pg_constraint WHERE conname = 'item_pkey') THEN RAISE 'not today'; END IF; END $$;
       CREATE EVENT TRIGGER no_item ON ddl_command_end EXECUTE FUNCTION public.no_trigger()`,
    )
    const before = await dumpOf()
    const failing = runRestore(url, [store], { ...inPlace, 'skip-safety-backup': 'true' })
    await expect(failing).rejects.toMatchObject({ code: 'postgres/permission-denied' })
    expect(await dumpOf()).toBe(before)
  })

  test('when the server ends the session in the middle', async () => {
    const store = memoryStore()
    await asTenant("INSERT INTO item (name) SELECT 'more ' || n FROM generate_series(1, 60000) n")
    await backUpUrl(url, [store])
    let over = false
    const hunting = hunt(() => over)
    try {
      await unchanged(() => runRestore(url, [store], { ...inPlace, 'skip-safety-backup': 'true' }), {
        kind: expect.stringMatching(/unreachable|tool/),
      })
    } finally {
      over = true
    }
    const ended = await hunting
    expect(ended).toBeGreaterThan(0)
  })

  test('when it is interrupted', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store])
    const control = new AbortController()
    await messUp()
    const before = await dumpOf()
    const blocker = new pg.Client({ connectionString: server.url('hosted') })
    await blocker.connect()
    await blocker.query('BEGIN; LOCK TABLE item IN ACCESS SHARE MODE')
    const failing = runRestore(url, [store], { ...inPlace, 'skip-safety-backup': 'true' }, { signal: control.signal })
    setTimeout(() => control.abort(new Error('stop')), 1500)
    const began = performance.now()
    await expect(failing).rejects.toMatchObject({ code: 'internal/bug' })
    expect(performance.now() - began).toBeLessThan(6500)
    await blocker.end()
    expect(await dumpOf()).toBe(before)
  })

  test('when the safety backup fails, unless it is skipped', async () => {
    const store = memoryStore()
    await backUpUrl(url, [store])
    store.cues.failCheck = true
    await unchanged(() => runRestore(url, [store], inPlace), {
      message: expect.stringContaining('safety backup failed'),
    })
  })
})

test('two restores of one database at a time: the second is refused', async () => {
  const one = await openLiveServer(url, { installTools: false })
  const two = await openLiveServer(url, { installTools: false })
  const store = memoryStore()
  await backUpUrl(url, [store])
  const first = runRestore(url, [store], { ...inPlace, 'skip-safety-backup': 'true' })
  const second = runRestore(url, [store], { ...inPlace, 'skip-safety-backup': 'true' })
  const outcomes = await Promise.allSettled([first, second])
  expect(outcomes.filter(({ status }) => status === 'rejected')).toMatchObject([
    { reason: { code: 'restore/already-running' } },
  ])
  await one.close()
  await two.close()
})
