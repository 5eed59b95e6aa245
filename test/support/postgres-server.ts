// Starts real PostgreSQL servers for tests, in temporary folders.

import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Address, toUrl, withDatabase } from '../../src/engines/postgres/connection/address.ts'
import { resetSettings, withClient } from '../../src/engines/postgres/connection/connect.ts'
import { type ClientTools, installedTools } from '../../src/engines/postgres/tools.ts'
import { startCluster } from './cluster.ts'

export interface TestPostgres {
  readonly tools: ClientTools
  readonly folder: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** As superuser `postgres`, database `postgres` unless another is named. */
  url(database?: string): string
  address(database?: string): Address
  readonly superuserUrl: string
  /**
   * Creates a database and returns its URL. `clauses` of CREATE DATABASE; without TEMPLATE, from template0 (UTF8, C).
   */
  createDatabase(name: string, clauses?: string): Promise<string>
  dropDatabase(name: string): Promise<void>
  /** Runs SQL (several statements are possible without values) and returns the last statement's rows. */
  query<T = Record<string, unknown>>(database: string, sql: string, values?: unknown[]): Promise<T[]>
  /** Waits until a session of any database waits for a lock. */
  untilLockAwaited(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

const smallAndQuick = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
  max_connections: '50',
  autovacuum: 'off',
  timezone: 'UTC',
}

/**
 * Returns the tools in `folder`, or the newest that a distribution installed, or those on PATH. PATH is searched last
 * because that is slowest.
 */
async function serverTools(folder: string | undefined): Promise<ClientTools | undefined> {
  if (folder) return (await installedTools('', [folder])).find((found) => found.server && found.folder === folder)
  for (const path of ['', process.env.PATH ?? '']) {
    const found = (await installedTools(path)).find(({ server }) => server)
    if (found) return found
  }
  return undefined
}

interface TestPostgresOptions {
  readonly settings?: Record<string, string>
  readonly binFolder?: string
  /**
   * Run initdb for a separate system identifier, which takes a second. Other servers of a run are copies of one data
   * folder.
   */
  readonly ownIdentifier?: boolean
}

/**
 * Starts a server on a free port of 127.0.0.1 (and a unix socket in `folder`), with a password. Takes half a second.
 */
export async function startPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const tools = await serverTools(options.binFolder)
  if (!tools) throw new Error('no PostgreSQL server is installed (apt-get install postgresql)')
  const templates = process.env.TEST_TEMPLATES
  const cluster = await startCluster({
    tools,
    temporary: tmpdir(),
    prefix: 'resguardo-test-',
    settings: { ...smallAndQuick, ...options.settings },
    ...(templates !== undefined && !options.ownIdentifier && { templates }),
  })
  const address = (database = 'postgres') => withDatabase(cluster.address, database)
  const query = async <T>(database: string, sql: string, values?: unknown[]): Promise<T[]> => {
    const result = await withClient(
      address(database),
      async (client) => {
        await resetSettings(client)
        return client.query(sql, values)
      },
      'resettable',
    )
    return (Array.isArray(result) ? result.at(-1) : result).rows as T[]
  }
  return {
    tools,
    folder: cluster.folder,
    host: cluster.address.host,
    port: cluster.address.port,
    user: 'postgres',
    password: cluster.address.password ?? '',
    url: (database) => toUrl(address(database)),
    address,
    superuserUrl: toUrl(cluster.address),
    createDatabase: async (name, clauses = '') => {
      const template = clauses.includes('TEMPLATE') ? '' : 'TEMPLATE template0'
      // Nothing is synced here, so copying files takes less time than logging every page.
      const strategy = tools.major >= 15 ? 'STRATEGY file_copy' : ''
      await query('postgres', `CREATE DATABASE ${pg.escapeIdentifier(name)} ${template} ${strategy} ${clauses}`)
      return toUrl(address(name))
    },
    dropDatabase: async (name) => {
      await query('postgres', `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`)
    },
    query,
    untilLockAwaited: async () => {
      const waiting = () => query('postgres', 'SELECT FROM pg_catalog.pg_locks WHERE NOT granted')
      while ((await waiting()).length === 0) await sleep(20)
    },
    restart: cluster.restart,
    stop: cluster.stop,
  }
}
