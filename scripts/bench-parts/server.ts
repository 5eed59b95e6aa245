// A PostgreSQL server for benchmarks, with sample platforms.
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { toUrl, withDatabase } from '../../src/engines/postgres/connection/address.ts'
import { type ClientTools, installedTools } from '../../src/engines/postgres/tools.ts'
import { startCluster } from '../../test/support/cluster.ts'
import { makeSamplePlatform } from '../sample-platform.ts'
import { removedAfter } from './interruption.ts'

export interface BenchServer {
  readonly tools: ClientTools
  /** Creates a database with a sample platform of this size and returns its URL. */
  sample(megabytes: number, tenants?: number): Promise<string>
  /** Creates an empty database, dropping one of the same name first. */
  empty(name: string): Promise<string>
}

/** Runs the work with a temporary folder, which is removed afterwards, even after a signal. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-bench-files-'))
  return removedAfter(
    () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
    () => work(folder),
  )
}

const settings = {
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  maintenance_work_mem: '256MB',
  autovacuum: 'off',
  fsync: 'off',
}

/**
 * Starts a server with the settings of a small production machine and `more`, runs the work, and removes the server.
 */
export async function withServer<T>(
  work: (server: BenchServer) => Promise<T>,
  more: Readonly<Record<string, string>> = {},
): Promise<T> {
  const tools = (await installedTools(process.env.PATH ?? '')).find(({ server }) => server)
  if (!tools) throw new Error('no PostgreSQL server is installed')
  const cluster = await startCluster({
    tools,
    temporary: tmpdir(),
    prefix: 'resguardo-bench-',
    settings: { ...settings, ...more },
  })
  const empty = async (name: string): Promise<string> => {
    const client = new pg.Client({ connectionString: toUrl(cluster.address) })
    await client.connect()
    await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)}`)
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`)
    await client.end()
    return toUrl(withDatabase(cluster.address, name))
  }
  const sample = async (megabytes: number, tenants = 50): Promise<string> => {
    const url = await empty(`sample_${megabytes}`)
    console.error(`filling a sample platform of ${megabytes} MB`)
    await makeSamplePlatform(url, { megabytes, tenants })
    return url
  }
  try {
    return await work({ tools, empty, sample })
  } finally {
    await cluster.stop()
  }
}
