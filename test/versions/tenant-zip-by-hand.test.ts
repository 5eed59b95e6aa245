// Runs the statements of README.txt in a tenant's ZIP with each psql version, on unusual names and values.
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { versionCli } from '../support/version-cli.ts'

const servers = inject('servers')
const programsOf = (major: string) => servers[`postgres-${major}`] ?? ''

const texts = [
  ...[
    '\\.',
    '\\.\n',
    '\n\\.',
    'a\n\\.\nb',
    'a\r\n\\.\r\nb',
    '\\.\r',
    'a\n\\.x\nb',
    'a\n\\.\n\\.\n"\n\\.\n',
    'a\n\\."\n\\."\n',
  ],
  ...[
    '',
    '\n',
    '\r',
    '\n\n',
    '"',
    '""',
    "'",
    '\\',
    '\\N',
    'NULL',
    '\\0',
    '\\x00',
    '\ufeff',
    ',',
    ' a ',
    '\t',
    '%s%n',
    '\u2028',
  ],
  ...['=1+1', "'=1", '@a', 'BEGIN;', 'a\nCOMMIT;\nb', ':name', `:'x'`, '\\q', '\n\\copy x\n'],
]
const literal = (text: string): string =>
  `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n')}'`
const values = texts.map((text, at) => `(${at + 1}, 1, ${literal(text)})`).join(', ')

const hostile = `
  CREATE TABLE "Tenant" (id int PRIMARY KEY, name text);
  INSERT INTO "Tenant" VALUES (1, NULL), (2, 'other');
  CREATE TABLE note (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", t varchar(60));
  INSERT INTO note VALUES ${values}, (0, 1, NULL), (1000, 2, 'other');
  CREATE TABLE "\\." (id int, "tenantId" int NOT NULL REFERENCES "Tenant", "\\." text, "a
\\.
b" text);
  INSERT INTO "\\." VALUES (1, 1, '\\.', 'x');
  CREATE SCHEMA "%s ""x"" \\'";
  CREATE TABLE "%s ""x"" \\'"."t
BEGIN;
SELECT 1/0;
COMMIT;" ("tenantId" int NOT NULL REFERENCES "Tenant", "c
COMMIT;" text, "say ""hi""" text, "U&\\0041" text);
  INSERT INTO "%s ""x"" \\'"."t
BEGIN;
SELECT 1/0;
COMMIT;" VALUES (1, E'\\\\.', E'a\\n\\\\.\\nb', ''), (1, NULL, '', NULL);
  CREATE TABLE "${'ñ'.repeat(31)}" ("tenantId" int NOT NULL REFERENCES "Tenant", "co,l" text, "(" int, "FROM" int, ":name" int);
  INSERT INTO "${'ñ'.repeat(31)}" VALUES (1, 'x', 1, 2, 3);
  CREATE SCHEMA "${'ü'.repeat(31)}";
  CREATE TABLE "${'ü'.repeat(31)}"."${'ñ'.repeat(31)}" ("tenantId" int NOT NULL REFERENCES "Tenant");
  INSERT INTO "${'ü'.repeat(31)}"."${'ñ'.repeat(31)}" VALUES (1);
  CREATE TABLE serial_one (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant",
    twice int GENERATED ALWAYS AS (id * 2) STORED, "select" bigserial, span interval, list text[], doc xml);
  INSERT INTO serial_one ("tenantId", span, list, doc) VALUES (1, '-1 day +02:03', ARRAY[NULL, 'NULL', E'\\\\.'], 'a<b/>c'), (1, NULL, '{}', NULL);
  CREATE TABLE tree (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", parent int REFERENCES tree);
  INSERT INTO tree SELECT n, 1, NULLIF(n + 1, 51) FROM generate_series(1, 50) n ORDER BY n DESC;
  CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", b int NOT NULL, t text,
    u int GENERATED ALWAYS AS (1) STORED);
  CREATE TABLE b (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", a int NOT NULL REFERENCES a);
  CREATE TABLE first_in_line (id int PRIMARY KEY REFERENCES a, "tenantId" int NOT NULL REFERENCES "Tenant");
  WITH w AS (INSERT INTO a ("tenantId", b, t) VALUES (1, 1, E'a\\n\\\\.\\nb'), (1, 2, NULL) RETURNING 1) INSERT INTO b VALUES (1, 1, 2), (2, 1, 1);
  ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
  INSERT INTO first_in_line VALUES (1, 1);
  CREATE TABLE event (day date NOT NULL, "tenantId" int NOT NULL REFERENCES "Tenant", what text) PARTITION BY RANGE (day);
  CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  INSERT INTO event VALUES ('2026-02-03', 1, E'\\n\\\\.');
  CREATE TABLE word (w text PRIMARY KEY);
  CREATE TABLE says (w text NOT NULL REFERENCES word, "tenantId" int NOT NULL REFERENCES "Tenant");
  INSERT INTO word VALUES ${texts.map((text) => `(${literal(text)})`).join(', ')};
  INSERT INTO says SELECT w, 1 FROM word`

/** Returns all rows of the tenant and rows without a tenant by table, and all sequences. */
const everything = `
  SELECT format('SELECT %L AS what, coalesce(string_agg(whole::text, E''\\x01'' ORDER BY whole::text COLLATE "C"), '''') AS rows FROM %s whole WHERE to_jsonb(whole) ->> ''tenantId'' IS DISTINCT FROM ''2'' AND to_jsonb(whole) ->> ''name'' IS DISTINCT FROM ''other''', c.oid::regclass, c.oid::regclass) AS q
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY c.oid::regclass::text COLLATE "C"`
const nextValues = `
  SELECT a.attname, nextval(s.oid::regclass)::int AS next FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
    JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE s.relkind = 'S' ORDER BY 1, 2`

describe.each(['15', '17', '18'])('psql %s', (major) => {
  describe.skipIf(!programsOf(major))('runs the README of a ZIP', () => {
    let server: TestPostgres
    let folder: string
    beforeAll(async () => {
      folder = await openFolder(`by-hand-${major}`)
      server = await startPostgres({ binFolder: programsOf(major) })
      await server.createDatabase('shop')
      await server.query('shop', hostile)
    })
    afterAll(async () => {
      await server?.stop()
      await rm(folder, { recursive: true, force: true })
    })

    async function contentOf(database: string): Promise<unknown[]> {
      const queries = await server.query<{ q: string }>(database, everything)
      const rows = []
      for (const { q } of queries.filter((each) => !/_seq/.test(each.q)))
        rows.push(...(await server.query(database, q)))
      return rows
    }

    test.each([
      ['plain', 'all', []],
      ['one', '1', []],
      ['excel', 'all', ['--excel']],
      ['pack', 'all', ['--tenants-per-zip', '2']],
      ['pack-excel', 'all', ['--tenants-per-zip', '2', '--excel']],
    ])('%s: every row is loaded, and sequences go on behind them', async (name, tenant, flags) => {
      const url = server.url('shop')
      const cli = versionCli(programsOf(major), {
        DATABASE_URL: url,
        BACKUP_DIR: join(folder, 'backups'),
        TMPDIR: folder,
      })
      await cli.run('backup', '--kind', 'tenant', '--tenant', tenant, '--name', name, '--include-shared', ...flags)
      const [backup = ''] = await readdir(join(folder, 'backups', name))
      const stored = join(folder, 'backups', name, backup)
      const database = await server.createDatabase(name)
      const shell = (script: string, cwd: string) =>
        execFileSync('sh', ['-ec', script], {
          cwd,
          env: { ...process.env, PATH: `${programsOf(major)}:${process.env.PATH}`, LC_ALL: 'C' },
        })
      shell(`zstd -dc schema.dump.zst | pg_restore -e -d '${database}'`, stored)
      const packed = name.startsWith('pack')
      for (const zip of ['shared', packed ? 'tenants/packs/0001-2' : 'tenants/1']) {
        const unpacked = join(folder, `${name}-${zip.slice(-1)}`)
        await mkdir(unpacked)
        shell(`unzip -q '${stored}/${zip}.zip'`, unpacked)
        const readme = await readFile(join(unpacked, 'README.txt'), 'utf8')
        // The commands in the README, as printed.
        const [load = '', take] = [...readme.matchAll(/^ {2}(sed .*)$/gm)].map(([, command = '']) => command).reverse()
        if (take !== undefined) shell(take.replace('tenant=ID', 'tenant=1'), unpacked)
        const at = take === undefined ? unpacked : join(unpacked, 'tenant')
        shell(load.replace('psql -X', 'psql -q -X').replace('DATABASE', `'${database}'`), at)
      }
      expect(await contentOf(name)).toEqual(await contentOf('shop'))
      expect(await server.query(name, nextValues)).toEqual([
        { attname: 'id', next: 3 },
        { attname: 'id', next: 3 },
        { attname: 'select', next: 3 },
      ])
    })
  })
})
