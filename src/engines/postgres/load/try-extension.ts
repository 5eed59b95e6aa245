// Checks whether a server can create an extension, by creating it in a transaction that is rolled back.
import pg from 'pg'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'

/** Why the server cannot create an extension. */
export interface Obstacle {
  readonly name: string
  readonly reason: string
  /** The server must preload the library of the extension. */
  readonly preload: boolean
}

/**
 * Tries each extension of the manifest in the database, each in a separate session, because an extension may end it.
 */
export async function obstaclesIn(
  address: Address,
  extensions: PostgresManifest['database']['extensions'],
): Promise<readonly Obstacle[]> {
  const obstacles: Obstacle[] = []
  for (const { name, version } of extensions) {
    const reason = await withClient(address, (client) => tryExtension(client, name, version))
    if (reason !== undefined)
      obstacles.push({ name, reason, preload: /preload|unrecognized configuration parameter/.test(reason) })
  }
  return obstacles
}

interface AvailableVersion {
  readonly version: string
  /** Set if the control file names one. */
  readonly schema: string | null
}

const availableSql = `
  SELECT v.version, v.schema::text AS schema
    FROM pg_available_extension_versions v JOIN pg_available_extensions a ON a.name = v.name
   WHERE v.name = $1 AND v.version IN ($2, a.default_version) ORDER BY v.version = $2 DESC LIMIT 1`

async function tryExtension(client: pg.Client, name: string, version: string): Promise<string | undefined> {
  const { rows } = await client.query<AvailableVersion>(availableSql, [name, version])
  const [row] = rows
  if (!row) return 'it is not installed'
  const schema = pg.escapeIdentifier('resguardo trial')
  try {
    await client.query('BEGIN')
    if (row.schema === null) await client.query(`CREATE SCHEMA ${schema}`)
    await client.query(
      `CREATE EXTENSION IF NOT EXISTS ${pg.escapeIdentifier(name)} ${row.schema === null ? `SCHEMA ${schema}` : ''} VERSION ${pg.escapeLiteral(row.version)} CASCADE`,
    )
    return undefined
  } catch (error) {
    return (error as Error).message
  } finally {
    await client.query('ROLLBACK').catch(() => {}) // the session may have ended
  }
}
