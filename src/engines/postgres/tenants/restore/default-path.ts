// Sets the database's search_path for statements, because their triggers and checks expect it.
import type pg from 'pg'

/**
 * Runs `work` in a transaction with that path. Its statements must qualify every function, operator and type: another
 * role may have created an object of the same name in a schema of the path.
 */
export async function withDefaultPath<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('SET LOCAL search_path TO DEFAULT')
  const result = await work()
  await client.query("SET LOCAL search_path = 'pg_catalog', 'pg_temp'")
  return result
}
