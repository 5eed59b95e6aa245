// Creates a sample multi-tenant platform in an empty database, for the demo, the benchmarks and the tests:
// `node scripts/sample-platform.ts --megabytes 100 --tenants 50` fills the database at DATABASE_URL.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { rowStatements, type SampleSize } from './sample-platform/rows.ts'

/**
 * Fills the empty database at the URL and creates the role `shop_app`, which needs CREATEROLE. The same size produces
 * the same rows.
 */
export async function makeSamplePlatform(connectionUrl: string, size: SampleSize): Promise<void> {
  const client = new pg.Client({ connectionString: connectionUrl })
  await client.connect()
  try {
    await client.query(
      "SET synchronous_commit = off; SET max_parallel_workers_per_gather = 0; SET client_min_messages = warning; SET TimeZone = 'UTC'",
    )
    await client.query('BEGIN')
    await client.query(await part('tables.sql'))
    for (const statement of rowStatements(size)) await client.query(statement)
    await client.query("SET LOCAL maintenance_work_mem = '128MB'")
    await client.query(await part('keys.sql'))
    await client.query('COMMIT')
    await client.query('ANALYZE')
  } finally {
    await client.end()
  }
}

function part(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, 'sample-platform', name), 'utf8')
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { megabytes: { type: 'string', default: '50' }, tenants: { type: 'string', default: '20' } },
  })
  const url = process.env.DATABASE_URL
  if (!url) throw new Error('DATABASE_URL is not set: it names the empty database to fill')
  await makeSamplePlatform(url, { megabytes: Number(values.megabytes), tenants: Number(values.tenants) })
}
