// PostgreSQL 17 and 18: login event triggers and foreign servers stay quiet, definitions are compared, objects find
// their search_path.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { type VersionCli, versionCli } from '../support/version-cli.ts'

const servers = inject('servers')
const programsOf = (major: string) => servers[`postgres-${major}`] ?? ''

/** Triggers that write down each login and each DDL statement, and a view over a server that cannot be reached. */
const acting = `
  CREATE TABLE seen (who text, what text);
  CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1), (2);
  CREATE MATERIALIZED VIEW local AS SELECT count(*) AS n FROM t;
  CREATE EXTENSION postgres_fdw;
  CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', connect_timeout '2');
  CREATE USER MAPPING FOR PUBLIC SERVER far;
  CREATE FOREIGN TABLE ft (n int) SERVER far;
  CREATE MATERIALIZED VIEW foreign_rows AS SELECT n FROM ft WITH NO DATA;
  CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO public.seen VALUES (current_user, tg_event || ' ' || coalesce(tg_tag, '')); END $$;
  CREATE EVENT TRIGGER at_login ON login EXECUTE FUNCTION note(); ALTER EVENT TRIGGER at_login ENABLE ALWAYS;
  CREATE EVENT TRIGGER at_ddl ON ddl_command_end EXECUTE FUNCTION note(); ALTER EVENT TRIGGER at_ddl ENABLE ALWAYS`

/** Marks the view as filled, as it was while its server could be reached. */
const filled = `SET allow_system_table_mods = on; UPDATE pg_class SET relispopulated = true WHERE relname = 'foreign_rows'`

const changing = `
  CREATE EXTENSION citext;
  CREATE TABLE t (a citext, b citext);
  CREATE VIEW simple_case AS SELECT CASE a WHEN b THEN 'same' ELSE 'other' END AS x FROM t;
  CREATE VIEW null_if AS SELECT nullif(a, b) AS x FROM t`

const needy = `
  CREATE SCHEMA lib; ALTER DATABASE needy SET search_path = lib, public; SET search_path = lib, public;
  CREATE FUNCTION lib.base(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(t); END';
  CREATE FUNCTION lib.f(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN base(t); END';
  CREATE TABLE lib.d (v text, w text GENERATED ALWAYS AS (f(v)) STORED); CREATE INDEX d_f ON lib.d (f(v)); INSERT INTO d VALUES ('D')`

describe.each(['17', '18'])('PostgreSQL %s', (major) => {
  describe.skipIf(!programsOf(major))('with its own clients', () => {
    let server: TestPostgres
    let folder: string
    beforeAll(async () => {
      folder = await openFolder(`quiet-${major}`)
      server = await startPostgres({ binFolder: programsOf(major) })
      for (const [name, sql] of Object.entries({ acting, changing, needy })) {
        await server.createDatabase(name)
        await server.query(name, sql)
      }
      await server.query('acting', filled)
      await server.query('acting', 'DELETE FROM seen')
    })
    afterAll(async () => {
      await server?.stop()
      await rm(folder, { recursive: true, force: true })
    })
    const cliOf = (database: string): VersionCli =>
      versionCli(programsOf(major), {
        DATABASE_URL: server.url(database),
        BACKUP_DIR: join(folder, 'backups'),
        TMPDIR: folder,
      })

    test.each(['custom', 'plain'])(
      'a database that acts by itself is proven and restored, from format %s',
      async (format) => {
        const cli = cliOf('acting')
        await cli.run('backup', '--format', format, '--name', format)
        const seen = await server.query('acting', 'SELECT * FROM seen')
        expect(await cli.run('test-restore', '--name', format)).toMatchObject({ verdict: 'proven' })
        for (const strategy of [
          ['--strategy', 'swap'],
          ['--strategy', 'in-place', '--skip-safety-backup'],
        ]) {
          await cli.run('restore', '--name', format, '--confirm', 'acting', '--code-as-superuser', ...strategy)
          expect(await server.query('acting', 'SELECT * FROM seen')).toEqual(seen)
          expect(
            await server.query('acting', "SELECT relname AS name FROM pg_class WHERE relkind = 'm' AND relispopulated"),
          ).toEqual([{ name: 'local' }])
        }
      },
    )

    test('definitions that a restore changes fail a drill and a swap', async () => {
      const cli = cliOf('changing')
      await cli.run('backup')
      expect(await cli.fail('test-restore')).toBe('drill/failed')
      expect(await cli.fail('restore', '--confirm', 'changing')).toBe('restore/differs')
    })

    test('objects that need the search_path of the database are restored', async () => {
      const cli = cliOf('needy')
      await cli.run('backup')
      expect(await cli.run('test-restore')).toMatchObject({ verdict: 'proven' })
    })
  })
})
