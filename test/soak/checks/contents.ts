// The contents of a database as digests: rows per table, sequences, large objects, definitions, access.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { TestPostgres } from '../../support/postgres-server.ts'

const run = promisify(execFile)

/** Name of a part -> its digest. */
export type Contents = ReadonlyMap<string, string>

const tablesSql = `
  SELECT format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE relkind IN ('r', 'm') AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\\_t%' ORDER BY 1`

const othersSql = `
  SELECT 'sequence ' || format('%I.%I', schemaname, sequencename) AS part, coalesce(last_value::text, '-') AS digest FROM pg_sequences
  UNION ALL SELECT 'large object ' || oid, md5(lo_get(oid)) FROM pg_largeobject_metadata
  UNION ALL SELECT 'event trigger ' || evtname, concat_ws(' ', evtevent, evtenabled) FROM pg_event_trigger`

const accessSql = `
  SELECT concat_ws(' ', pg_get_userbyid(datdba), datallowconn, datconnlimit, coalesce(datacl::text, '-'),
    (SELECT string_agg(setrole || setconfig::text, ' ' ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid)) AS access,
    datallowconn AS open
  FROM pg_database d WHERE datname = $1`

/** Reads all contents, ignoring the order of rows. A database that is closed to connections is opened temporarily. */
export async function readContents(server: TestPostgres, database: string): Promise<Contents> {
  const [found] = await server.query<{ access: string; open: boolean }>('postgres', accessSql, [database])
  if (!found) return new Map([['error', 'no such database']])
  const allow = (open: boolean) =>
    server.query('postgres', `ALTER DATABASE ${pg.escapeIdentifier(database)} ALLOW_CONNECTIONS ${open}`)
  if (found.open) return new Map([['access', found.access], ...(await readParts(server, database))])
  await allow(true)
  try {
    return new Map([['access', found.access], ...(await readParts(server, database))])
  } finally {
    await allow(false)
  }
}

async function readParts(server: TestPostgres, database: string): Promise<Contents> {
  const names = (await server.query<{ name: string }>(database, tablesSql)).map(({ name }) => name)
  const rowsOf = (name: string) =>
    `SELECT ${pg.escapeLiteral(`rows of ${name}`)} AS part,
       count(*) || ' rows, ' || coalesce(sum(hashtextextended(t::text COLLATE "C", 0)), 0) AS digest FROM ONLY ${name} t`
  const digests = await server.query<{ part: string; digest: string }>(
    database,
    [othersSql, ...names.map(rowsOf)].join(' UNION ALL '),
  )
  return new Map([
    [
      'definitions',
      createHash('sha256')
        .update(await definitions(server, database))
        .digest('hex'),
    ],
    ...digests.map(({ part, digest }) => [part, digest] as const),
  ])
}

/** The schema as pg_dump writes it, without the random word of \\restrict. */
async function definitions(server: TestPostgres, database: string): Promise<string> {
  const { stdout } = await run(join(server.tools.folder, 'pg_dump'), ['--schema-only', '-d', server.url(database)], {
    maxBuffer: 1 << 26,
  })
  return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '')
}

/** Returns the names of parts that differ or that only one side has. */
export function differingParts(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((part) => a.get(part) !== b.get(part))
}
