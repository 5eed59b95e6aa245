// The snapshot of a dump: its locks, roles that cannot read everything, and dumps that differ from the source.
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { parseAddress } from '../../src/engines/postgres/connection/address.ts'
import { openDump } from '../../src/engines/postgres/dump/dump.ts'
import { holdSnapshot } from '../../src/engines/postgres/dump/snapshot.ts'
import { fakeDatabase } from '../support/fake-platform.ts'
import { memoryStore } from '../support/memory-store.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything, temporaryFolder } from '../support/real-world.ts'

const dumpOptions = {
  format: 'custom',
  selection: everything,
  jobs: 1,
  sourceCounts: true,
  globals: true,
  lockTimeout: 5,
} as const

let server: TestPostgres
let folder: string
let url: string
let count = 0

beforeAll(async () => {
  server = await startPostgres({ settings: { max_prepared_transactions: '2' } })
  folder = await temporaryFolder('snapshot-test')
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  count += 1
  url = await server.createDatabase(`db${count}`)
  await sql(
    'CREATE TABLE a (n int); INSERT INTO a SELECT generate_series(1, 3); CREATE TABLE b (n int); INSERT INTO b VALUES (1)',
  )
})

const sql = (text: string) => server.query(`db${count}`, text)

/** Another session, as an application or a migration is one. The end of the test closes it. */
async function session(): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

const thrown = async (work: Promise<unknown>): Promise<Failure> => {
  try {
    await work
  } catch (error) {
    return error as Failure
  }
  throw new Error('it did not fail')
}

describe('the snapshot of a dump', () => {
  test('a table cannot be truncated or rewritten while it is held', async () => {
    const held = await holdSnapshot(parseAddress(url), 5)
    await using other = await session()
    await other.query("SET lock_timeout = '200ms'")
    await expect(other.query('TRUNCATE a')).rejects.toMatchObject({ code: '55P03' })
    await expect(other.query('ALTER TABLE a ALTER n TYPE bigint')).rejects.toMatchObject({ code: '55P03' })
    await other.query('INSERT INTO a VALUES (4)')
    await held.release()
    await other.query('TRUNCATE a')
  })

  test('a truncation under way is waited for, and then shown as it is', async () => {
    await using other = await session()
    await other.query('BEGIN; TRUNCATE a')
    const store = memoryStore()
    const backup = backUpUrl(url, [store])
    await server.untilLockAwaited()
    expect(store.objects.size).toBe(0)
    await other.query('COMMIT')
    const { manifest } = await backup
    expect(manifest.fingerprint.tables.map(({ table, rows }) => [table, rows])).toEqual([
      ['a', 0],
      ['b', 1],
    ])
  })

  test('a lock that is not to be had in time is a failure that names the table and its holder, and leaves nothing', async () => {
    await using other = await session()
    await other.query('BEGIN; LOCK TABLE a IN ACCESS EXCLUSIVE MODE')
    const store = memoryStore()
    const failure = await thrown(backUpUrl(url, [store], { dump: { ...dumpOptions, lockTimeout: 1 } }))
    expect(failure.code).toBe('postgres/lock-timeout')
    expect(failure.message).toMatch(/public\.a.*process \d+/)
    expect(failure.hint).toContain('--lock-timeout')
    expect(store.objects.size).toBe(0)
    await other.query('ROLLBACK')
  })

  test('a lock of a prepared transaction is named by its identifier', async () => {
    await using other = await session()
    await other.query(`BEGIN; LOCK TABLE a IN ACCESS EXCLUSIVE MODE; PREPARE TRANSACTION 'mig ''1'`)
    const failure = await thrown(backUpUrl(url, [memoryStore()], { dump: { ...dumpOptions, lockTimeout: 1 } }))
    expect(failure.message).toContain(`prepared transaction 'mig ''1'`)
    await other.query(`ROLLBACK PREPARED 'mig ''1'`)
  })

  test('a table made while a lock was waited for is locked as well', async () => {
    await using other = await session()
    await other.query('BEGIN; LOCK TABLE a IN ACCESS EXCLUSIVE MODE; CREATE TABLE late (n int)')
    const holding = holdSnapshot(parseAddress(url), 10)
    await server.untilLockAwaited()
    await other.query('COMMIT')
    const held = await holding
    expect(held.tables.map(({ table }) => table)).toContain('late')
    await other.query("SET lock_timeout = '200ms'")
    await expect(other.query('TRUNCATE late')).rejects.toMatchObject({ code: '55P03' })
    await held.release()
  })

  test('a table dropped while a lock was waited for is no failure', async () => {
    await using other = await session()
    await other.query('BEGIN; DROP TABLE a')
    const holding = holdSnapshot(parseAddress(url), 10)
    await server.untilLockAwaited()
    await other.query('COMMIT')
    const held = await holding
    expect(held.tables.map(({ table }) => table)).toEqual(['b'])
    await held.release()
  })

  test('interrupted while it waits for a lock it ends, and nothing goes on waiting in the server', async () => {
    await using other = await session()
    await other.query('BEGIN; LOCK TABLE a IN ACCESS EXCLUSIVE MODE')
    const stopping = new AbortController()
    const holding = holdSnapshot(parseAddress(url), 60, { signal: stopping.signal })
    const interrupted = expect(holding).rejects.toMatchObject({ code: 'interrupted' })
    await server.untilLockAwaited()
    stopping.abort(new Failure('interrupted', 'interrupted by SIGINT'))
    await interrupted
    const { rows } = await other.query('SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted')
    expect(rows).toEqual([{ waiting: 0 }])
    await other.query('ROLLBACK')
  })

  test('server timeouts set for the database do not end it', async () => {
    await sql(
      `ALTER DATABASE db${count} SET statement_timeout = '300ms'; ALTER DATABASE db${count} SET idle_in_transaction_session_timeout = '300ms'`,
    )
    const held = await holdSnapshot(parseAddress(url), 5)
    await new Promise((resolve) => setTimeout(resolve, 800))
    const { manifest } = await backUpUrl(url, [memoryStore()])
    expect(manifest.dump.sourceCounts).toBe('agreed')
    await held.release()
  })
})

describe('a role that cannot see everything', () => {
  const as = async (setup: string): Promise<string> => {
    await sql(`CREATE ROLE reader${count} LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA public TO reader${count}; ${setup}`)
    const reader = new URL(url)
    reader.username = `reader${count}`
    reader.password = 'r'
    return reader.href
  }

  test('because of row-level security is refused, never a partial dump', async () => {
    const reader = await as(
      `GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader${count}; ALTER TABLE a ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON a USING (n < 2)`,
    )
    const store = memoryStore()
    const failure = await thrown(backUpUrl(reader, [store]))
    expect(failure.code).toBe('postgres/row-security')
    expect(failure.hint).toContain('BYPASSRLS')
    expect(store.objects.size).toBe(0)
  })

  test('because a table is not granted is refused', async () => {
    const reader = await as(`GRANT SELECT ON b TO reader${count}`)
    const failure = await thrown(backUpUrl(reader, [memoryStore()]))
    expect([failure.kind, failure.message.includes('permission denied')]).toEqual(['refused', true])
  })

  test('may leave that table out, and reads no password hashes', async () => {
    const reader = await as(`GRANT SELECT ON b TO reader${count}`)
    const selection = { ...everything, excludeTables: ['public.a'] }
    const { manifest } = await backUpUrl(reader, [memoryStore()], { dump: { ...dumpOptions, selection } })
    expect(manifest.fingerprint.tables.map(({ table }) => table)).toEqual(['b'])
    expect(manifest.notes.join()).toContain('no password hashes')
  })

  test('with pg_read_all_data can back up', async () => {
    const reader = await as(`GRANT pg_read_all_data TO reader${count}`)
    const { manifest } = await backUpUrl(reader, [memoryStore()])
    expect(manifest.fingerprint.tables).toHaveLength(2)
  })
})

describe('a dump that is not what the source holds', () => {
  /** A pg_dump that does something else than it was told. */
  async function lyingDump(script: string) {
    const tools = join(folder, `tools${count}`)
    await mkdir(tools)
    await writeFile(join(tools, 'pg_dump'), `#!/bin/bash\n${script}\n`)
    await chmod(join(tools, 'pg_dump'), 0o755)
    const context = {
      address: parseAddress(url),
      tools: { ...server.tools, folder: tools },
      database: fakeDatabase,
      readsPasswordHashes: true,
    }
    const signal = new AbortController().signal
    const dump = await openDump(context, { ...dumpOptions, globals: false, temporary: folder, signal })
    try {
      for await (const { stream } of dump.payloads()) for await (const _ of stream);
      await dump.finish()
    } finally {
      await dump.close()
    }
  }
  const real = () => join(server.tools.folder, 'pg_dump')

  test('because a table was left out fails, naming it', async () => {
    const failure = await thrown(lyingDump(`exec ${real()} "$@" --exclude-table-data=public.a`))
    expect(failure.code).toBe('postgres/dump-mismatch')
    expect(failure.message).toContain('"public"."a" has 3 rows in the database, but is not in the dump')
  })

  test('because it was taken at another instant fails, naming the table', async () => {
    const failure = await thrown(
      lyingDump(
        `psql -X -q -d "$PGDATABASE" -c 'INSERT INTO public.b VALUES (2)'; args=(); for a in "$@"; do [[ $a == --snapshot* ]] || args+=("$a"); done; exec ${real()} "\${args[@]}"`,
      ),
    )
    expect(failure.code).toBe('postgres/dump-mismatch')
    expect(failure.message).toContain('"public"."b" has 1 rows in the database, 2 in the dump')
  })

  test('because pg_dump died with exit code 0 midway fails', async () => {
    const failure = await thrown(lyingDump(`${real()} "$@" | head -c -20`))
    expect(failure.code).toBe('archive/damaged')
  })
})
