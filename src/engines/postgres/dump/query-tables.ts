// Queries that read tables and sequences of other roles, but never a view, because its functions would run with our
// privileges.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'

/**
 * A view or foreign table among the relations that this transaction has locked. PREPARE has locked what the query
 * reads.
 */
const viewsSql = `
  SELECT c.oid::regclass::text AS name FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
   WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND c.oid >= 16384 AND c.relkind IN ('v', 'f') LIMIT 1`

/**
 * Runs a SELECT. If the session cannot refuse views, the query runs in its own transaction, or in a savepoint of the
 * open one: PREPARE resolves the names and locks the relations, but executes nothing. Throws `postgres/tables-changing`
 * if one of them is a view or a foreign table by now.
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

/** Whether the session has set `restrict_nonsystem_relation_kind`. */
async function refusesViews(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ kinds: string | null }>(
    "SELECT current_setting('restrict_nonsystem_relation_kind', true) AS kinds",
  )
  return rows[0]?.kinds?.includes('view') ?? false
}
