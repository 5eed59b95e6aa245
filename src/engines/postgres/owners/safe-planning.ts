// Queries tables of other roles without running their code: no session can add an index or statistics between check and
// query.
import type pg from 'pg'
import type { TableName } from '../../../domain/fingerprint/table-name.ts'
import { lockPlanning } from '../dump/snapshot.ts'
import { requireNoPlannedCode } from './planned-code.ts'
import { isSuperuserOfPrimary } from './superusers.ts'

/**
 * Runs queries on a table in a transaction, which is rolled back, behind a lock if the role may take it. Throws
 * `postgres/code-rights` if planning the queries would run code of other roles. Not for a session in a snapshot.
 */
export async function withSafePlanning<T>(client: pg.ClientBase, table: TableName, work: () => Promise<T>): Promise<T> {
  const isLocked = await isSuperuserOfPrimary(client)
  await client.query('BEGIN')
  try {
    await client.query(`SET LOCAL lock_timeout = '2s'`)
    if (isLocked) await lockPlanning(client, [table])
    await requireNoPlannedCode(client, [table])
    return await work()
  } finally {
    await client.query('ROLLBACK').catch(() => {})
  }
}
