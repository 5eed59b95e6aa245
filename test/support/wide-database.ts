// A database with one of everything that pg_dump treats in its own way, on a real server.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestPostgres } from './postgres-server.ts'

/** Makes the database and gives its URL; the SQL lies with the archive fixtures, which were made from it. */
export async function makeWideDatabase(server: TestPostgres, name: string): Promise<string> {
  const url = await server.createDatabase(name)
  await server.query(name, await readFile(join(import.meta.dirname, '../fixtures/archives/wide.sql'), 'utf8'))
  return url
}
