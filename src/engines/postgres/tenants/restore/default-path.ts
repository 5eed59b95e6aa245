// The search_path of the database, for statements whose triggers and checks expect it.
import type pg from 'pg'

/**
 * In a transaction, for a statement in which every function, operator and type of ours has its schema: another role may
 * have put an object of the same name in a schema of that path.
 */
export async function withDefaultPath<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('SET LOCAL search_path TO DEFAULT')
  const result = await work()
  await client.query("SET LOCAL search_path = 'pg_catalog', 'pg_temp'")
  return result
}
