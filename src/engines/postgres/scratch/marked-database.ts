// The scratch database on a server of the user: marked when it is created, and used by one drill at a time.
import pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { lockHolder } from '../connection/lock-holder.ts'
import { isNewDatabaseName, newDatabaseName } from '../live/names.ts'
import { databaseNames, inTransaction, serverTime } from '../live/session.ts'
import { makeDatabase } from './make-database.ts'

const mark = 'resguardo scratch: '

/**
 * Locks the name of a scratch database until the session ends, which distinguishes a running drill from a killed one
 * even without a connection to the database. Throws `drill/scratch-busy` if another session holds the lock.
 */
export async function lockScratch(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query<{ first: number; second: number; held: boolean }>(
    `SELECT k.first, k.second, pg_try_advisory_lock(k.first, k.second) AS held
       FROM (SELECT hashtext('resguardo scratch') AS first, hashtext($1) AS second) k`,
    [name],
  )
  const [key] = rows
  if (!key || key.held) return
  const holder = await lockHolder(client, [key.first, key.second])
  throw busy(name, holder === undefined ? 'another drill is running' : `another drill is running: ${holder.display}`)
}

/**
 * Drops a database with this name that a killed drill left behind. Throws a failure of kind refused if the database has
 * another origin or is in use. The caller must hold the lock of the name.
 */
export async function removeOldScratch(client: pg.Client, name: string, address: Address): Promise<void> {
  await dropHalfMade(client, name)
  const found = await findDatabase(client, name)
  if (!found) return
  if (!found.comment?.startsWith(mark)) {
    throw new Failure(
      'drill/scratch-exists',
      `a database named ${name} exists at ${address.host}:${address.port}, and Resguardo did not create it`,
      {
        hint: 'Choose another name with --scratch-database (TEST_DB_NAME), or drop the database if you do not need it.',
      },
    )
  }
  if (found.sessions > 0) throw busy(name, 'another session is connected to it')
  await client.query(`DROP DATABASE ${pg.escapeIdentifier(name)}`)
}

function busy(name: string, why: string): Failure {
  return new Failure('drill/scratch-busy', `the scratch database ${name} is in use: ${why}`, {
    hint: 'Wait for it to end, or choose another name with --scratch-database (TEST_DB_NAME).',
  })
}

/**
 * Drops databases of drills that were killed during creation; such a database has never accepted a connection. Ignores
 * databases of other roles, which this role cannot drop.
 */
async function dropHalfMade(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname::text AS name FROM pg_database
      WHERE NOT datallowconn AND NOT datistemplate AND shobj_description(oid, 'pg_database') IS NULL
        AND pg_get_userbyid(datdba) = current_user`,
  )
  for (const { name: found } of rows)
    if (isNewDatabaseName(found, name, 'making'))
      await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(found)}`)
}

/** Creates the database under a marked name, then renames it and sets its comment in one transaction. Returns notes. */
export async function makeMarked(
  client: pg.Client,
  name: string,
  manifest: PostgresManifest,
  major: number,
): Promise<readonly string[]> {
  const { stamp, iso } = await serverTime(client)
  const making = newDatabaseName(name, 'making', stamp, await databaseNames(client))
  const [from, to] = [making, name].map((each) => pg.escapeIdentifier(each))
  const notes = await makeDatabase(client, making, manifest, undefined, { major, closed: true })
  const comment = `${mark}made ${iso}, safe to drop`
  const statements = [
    `COMMENT ON DATABASE ${from} IS ${pg.escapeLiteral(comment)}`,
    `ALTER DATABASE ${from} ALLOW_CONNECTIONS true`,
    `ALTER DATABASE ${from} RENAME TO ${to}`,
  ]
  try {
    await inTransaction(client, statements, 'COMMIT')
    return notes
  } catch (error) {
    await client.query(`DROP DATABASE IF EXISTS ${from}`).catch(() => {})
    throw error
  }
}

async function findDatabase(
  client: pg.Client,
  name: string,
): Promise<{ comment: string | null; sessions: number } | undefined> {
  const { rows } = await client.query<{ comment: string | null; sessions: number }>(
    `SELECT shobj_description(d.oid, 'pg_database') AS comment,
            (SELECT count(*)::int FROM pg_stat_activity a WHERE a.datid = d.oid AND a.pid <> pg_backend_pid()) AS sessions
       FROM pg_database d WHERE d.datname = $1`,
    [name],
  )
  return rows[0]
}

/**
 * Drops the database and its sessions if its comment still has our mark. Never drops another database of the same name.
 */
export async function dropScratch(maintenance: Address, name: string): Promise<void> {
  await withClient(maintenance, async (client) => {
    const found = await findDatabase(client, name)
    if (found?.comment?.startsWith(mark)) await client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`)
  })
}
