// A database with one object of each kind that pg_dump treats differently, on a real server.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestPostgres } from './postgres-server.ts'

/** Creates the database and returns its URL. The archive fixtures were made from the same SQL. */
export async function makeWideDatabase(server: TestPostgres, name: string): Promise<string> {
  const url = await server.createDatabase(name)
  await server.query(name, await readFile(join(import.meta.dirname, '../fixtures/archives/wide.sql'), 'utf8'))
  return url
}
