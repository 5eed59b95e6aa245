// Finds the table of runs as the application would find it, and its owner, with whose privileges its triggers run.
import type pg from 'pg'

export interface Located {
  readonly oid: string
  /** Quoted, with its schema. */
  readonly name: string
  readonly owner: string
  /**
   * We are a superuser and the owner is not: triggers, defaults and checks of the table must not run with our
   * privileges.
   */
  readonly isOthers: boolean
  readonly superuser: boolean
}

const locatedSql = `
  SELECT c.oid::text AS oid, format('%I.%I', n.nspname, c.relname) AS name, o.rolname::text AS owner,
         me.superuser AND NOT o.rolsuper AS "isOthers", me.superuser
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles o ON o.oid = c.relowner
    CROSS JOIN (SELECT bool_or(rolsuper) AS superuser FROM pg_roles WHERE rolname IN (session_user, current_user)) me
   WHERE c.oid = $1::oid`

/**
 * Finds the table; undefined if there is none. Call it in a transaction. `table` is quoted, with or without its schema.
 */
export async function locateTable(client: pg.ClientBase, table: string): Promise<Located | undefined> {
  const { rows } = await withDefaultPath(client, () =>
    client.query<{ oid: string | null }>('SELECT pg_catalog.to_regclass($1)::pg_catalog.oid::pg_catalog.text AS oid', [
      table,
    ]),
  )
  const oid = rows[0]?.oid
  return oid ? (await client.query<Located>(locatedSql, [oid])).rows[0] : undefined
}

/** Returns the schema in which the application would create a table without a schema name. Call it in a transaction. */
export async function defaultSchema(client: pg.ClientBase): Promise<string | undefined> {
  const { rows } = await withDefaultPath(client, () =>
    client.query<{ schema: string | null }>('SELECT pg_catalog.current_schema()::pg_catalog.text AS schema'),
  )
  return rows[0]?.schema ?? undefined
}

/** `ROW EXCLUSIVE` also prevents other sessions from adding triggers. */
export type TableLock = 'ACCESS SHARE' | 'ROW EXCLUSIVE'

/**
 * Locks the table until the end of the transaction, so that no other session can replace it. Returns false if it has
 * been replaced already.
 */
export async function holdTable(client: pg.ClientBase, { oid, name }: Located, lock: TableLock): Promise<boolean> {
  await client.query(`LOCK TABLE ${name} IN ${lock} MODE`)
  const { rows } = await client.query<{ same: boolean }>('SELECT to_regclass($1)::oid = $2::oid AS same', [name, oid])
  return rows[0]?.same === true
}

/** Runs `work` with the default search_path. Its statements must qualify all names. */
async function withDefaultPath<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('SET LOCAL search_path TO DEFAULT')
  const result = await work()
  await client.query("SET LOCAL search_path = 'pg_catalog', 'pg_temp'")
  return result
}
