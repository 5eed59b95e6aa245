// The checklist of a restore: if all checks pass, the restore succeeds; a restore that would fail is blocked.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toUrl } from '../../src/engines/postgres/connection/address.ts'
import { memoryStore } from '../support/memory-store.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything } from '../support/real-world.ts'
import { textOf } from '../support/report-text.ts'
import { runRestore } from '../support/restore-run.ts'

let server: TestPostgres

beforeAll(async () => {
  server = await startPostgres({
    settings: { max_prepared_transactions: '5', max_locks_per_transaction: '64', wal_level: 'logical' },
  })
  await server.query(
    'postgres',
    `CREATE ROLE app LOGIN CREATEDB PASSWORD 'secret'; CREATE ROLE member LOGIN CREATEDB PASSWORD 'secret' IN ROLE app;
     CREATE ROLE rep; CREATE ROLE intern`,
  )
})

afterAll(() => server?.stop())

interface Situation {
  readonly name: string
  /** As a superuser, in a database that `app` owns, with a table t of app. */
  readonly sql: string
  readonly role?: 'app' | 'member'
  readonly inputs?: Readonly<Record<string, string>>
  readonly format?: 'plain'
  /** In the live database after the backup. */
  readonly later?: string
  /** Part of the sentence that blocks, or of one that warns; the restore must work unless something blocks. */
  readonly blocked?: string
  readonly warns?: string
}

const inPlace = { strategy: 'in-place', 'skip-safety-backup': 'true' }
const granted =
  'GRANT SELECT ON t TO rep WITH GRANT OPTION; SET ROLE rep; GRANT SELECT ON public.t TO intern; RESET ROLE'
const internal = `CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE internal AS 'int4pl'`
const eventTrigger = `CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION e()`
const defaults =
  'CREATE SCHEMA s AUTHORIZATION app; ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA s GRANT SELECT ON TABLES TO rep'
const subscription = "CREATE SUBSCRIPTION %s CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false)"

const situations: readonly Situation[] = [
  {
    name: 'an extension that is not trusted',
    sql: 'CREATE EXTENSION pg_stat_statements',
    role: 'app',
    blocked: 'pg_stat_statements',
  },
  { name: 'an extension that is trusted', sql: 'SET ROLE app; CREATE EXTENSION hstore', role: 'app' },
  {
    name: 'a grant of another role, for an owner',
    sql: granted,
    role: 'app',
    blocked: 'grants of another role on TABLE t',
  },
  { name: 'a grant of another role, for a superuser', sql: granted },
  {
    name: 'a grant of another role, in place',
    sql: granted,
    inputs: inPlace,
    blocked: 'grants of another role on TABLE t',
  },
  { name: 'a function of PostgreSQL itself, for an owner', sql: internal, role: 'app', blocked: 'FUNCTION plus' },
  { name: 'an event trigger in place', sql: eventTrigger, inputs: inPlace, blocked: 'EVENT TRIGGER e' },
  { name: 'default privileges of a schema, in place', sql: defaults, inputs: inPlace },
  {
    name: 'an access method in place',
    sql: 'CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler; CREATE TABLE u (a int) USING heap2',
    inputs: { ...inPlace, 'code-as-superuser': 'true' },
  },
  {
    name: 'a prepared transaction in place',
    sql: '',
    inputs: inPlace,
    later: `BEGIN; INSERT INTO t VALUES (2); PREPARE TRANSACTION 'open'`,
    blocked: 'open',
  },
  {
    name: 'more large objects than locks, in place',
    sql: `SELECT count(lo_from_bytea(0, 'x')) FROM generate_series(1, 6000)`,
    inputs: inPlace,
    blocked: 'locks',
  },
  {
    name: 'a plain dump for an owner',
    sql: '',
    role: 'app',
    format: 'plain',
    warns: 'privileges that a plain dump needs',
  },
  {
    name: 'an extension that was updated, in place',
    sql: `CREATE EXTENSION pg_stat_statements VERSION '1.6'`,
    later: 'ALTER EXTENSION pg_stat_statements UPDATE',
    inputs: inPlace,
    warns: '1.6 in the backup',
  },
  {
    name: 'a subscription in a plain dump, in place',
    sql: subscription,
    format: 'plain',
    inputs: inPlace,
    blocked: 'subscriptions',
  },
  {
    name: 'a member of the owner, into a schema',
    sql: '',
    role: 'member',
    inputs: { 'target-schema': 'beside', table: 'public.t' },
  },
  { name: 'a disk that the role cannot see', sql: '', role: 'app', warns: 'its free space cannot be checked' },
]

describe('the checklist keeps its promise:', () => {
  test.each(situations.map((each, index) => [each.name, index, each] as const))('%s', async (_, index, situation) => {
    const { sql, role, inputs = {}, format = 'custom', later, blocked, warns } = situation
    const name = `plan_${index}`
    const owner = await server.createDatabase(name, 'OWNER app')
    await server.query(
      name,
      `ALTER SCHEMA public OWNER TO app; SET ROLE app; CREATE TABLE t (a int); INSERT INTO t VALUES (1)`,
    )
    if (sql !== '') await server.query(name, sql.replace('%s', name))
    const store = memoryStore()
    const dump = { format, selection: everything, jobs: 1, sourceCounts: true, globals: false, lockTimeout: 5 } as const
    await backUpUrl(owner, [store], { dump })
    if (later !== undefined) await server.query(name, later)
    const url = role ? toUrl({ ...server.address(name), user: role, password: 'secret' }) : owner
    const asked = { ...inputs, confirm: name }
    const { outcome } = await runRestore(url, [store], { ...inputs, 'dry-run': 'true' })
    if (warns !== undefined) expect(textOf(outcome)).toContain(warns)
    if (blocked !== undefined) {
      expect(outcome.failure).toMatchObject({ code: 'restore/blocked', details: [] })
      expect(textOf(outcome)).toContain(blocked)
      const details = expect.arrayContaining([expect.stringContaining(blocked)])
      await expect(runRestore(url, [store], asked)).rejects.toMatchObject({ code: 'restore/blocked', details })
      if (later?.includes('PREPARE')) await server.query(name, `ROLLBACK PREPARED 'open'`)
      return
    }
    expect(outcome.failure).toBeUndefined()
    expect((await runRestore(url, [store], asked)).outcome.failure).toBeUndefined()
  })
})
