// The databases of a test server.
import type { TestPostgres } from './postgres-server.ts'

/** Names of the databases, without `postgres` and the templates. */
export async function databaseNames(server: TestPostgres): Promise<string[]> {
  const rows = await server.query<{ name: string }>(
    'postgres',
    "SELECT datname AS name FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1",
  )
  return rows.map(({ name }) => name)
}
