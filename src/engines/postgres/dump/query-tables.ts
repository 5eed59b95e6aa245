// Queries that read tables and sequences of others, and never a view, whose functions would run with our rights.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'

/**
 * Of the relations that this transaction has locked, those that would run code: PREPARE has locked what the query
 * reads.
 */
const viewsSql = `
  SELECT c.oid::regclass::text AS name FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
   WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND c.oid >= 16384 AND c.relkind IN ('v', 'f') LIMIT 1`

/**
 * Runs a SELECT, on servers that cannot refuse views in a session in a transaction of its own, or below the one that is
 * open: PREPARE resolves names, locks what they mean, and runs nothing. Throws `postgres/tables-changing` if one of
 * them is a view or a foreign table by now.
 */
export async function queryTables<R extends pg.QueryResultRow>(
  client: pg.ClientBase,
  sql: string,
  values: readonly string[] = [],
): Promise<R[]> {
  if (await refusesViews(client)) return (await client.query<R>(sql, [...values])).rows
  const name = `resguardo_${randomBytes(8).toString('hex')}`
  const isOpen = client.getTransactionStatus() === 'T'
  await client.query(isOpen ? 'SAVEPOINT query' : 'BEGIN')
  try {
    await client.query(`PREPARE ${name} AS ${sql}`)
    await requireTables(client)
    const parameters = values.length === 0 ? '' : `(${values.map(pg.escapeLiteral).join(', ')})`
    const { rows } = await client.query<R>(`EXECUTE ${name}${parameters}`)
    return rows
  } finally {
    await client.query(isOpen ? 'ROLLBACK TO SAVEPOINT query' : 'ROLLBACK').catch(() => {})
    await client.query(`DEALLOCATE ${name}`).catch(() => {})
  }
}

async function requireTables(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(viewsSql)
  const [view] = rows
  if (!view) return
  throw new Failure('postgres/tables-changing', `a view or foreign table replaced table ${view.name}`, {
    hint: 'Run again when no migration is running.',
  })
}

/** The session has `restrict_nonsystem_relation_kind`, and it is set. */
async function refusesViews(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ kinds: string | null }>(
    "SELECT current_setting('restrict_nonsystem_relation_kind', true) AS kinds",
  )
  return rows[0]?.kinds?.includes('view') ?? false
}
