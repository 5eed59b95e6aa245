// Facts about the server of a live database, read from another of its databases: version, role, client tools.
import type pg from 'pg'
import { asFailure } from '../../../domain/failures/failure.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { RestoreRequest } from '../../../ports/restore.ts'
import { type Address, withDatabase } from '../connection/address.ts'
import { connect } from '../connection/connect.ts'
import { explainPostgres } from '../connection/errors.ts'
import { requireOwnSession } from '../connection/own-session.ts'
import { dropLeftoverLogins } from '../owners/leftover-logins.ts'
import { serverIds } from '../probe.ts'
import { type ClientTools, toolsFor } from '../tools.ts'

export interface LiveContext {
  /** The live database, which may be corrupt or missing. */
  readonly live: Address
  /**
   * Another database of the same server; undefined if none accepts the login. Then only work inside the live database
   * is possible.
   */
  readonly maintenance: Address | undefined
  readonly server: { readonly major: number; readonly version: string }
  /** The system identifier; empty if this role cannot read it. */
  readonly serverIds: readonly string[]
  readonly role: { readonly name: string; readonly superuser: boolean; readonly createsDatabases: boolean }
  /** Client tools that fit both the server and the dump. */
  tools(manifest: PostgresManifest): Promise<ClientTools>
}

/**
 * Whether code of the backup runs with the rights of its objects' owners, not with those of the connected superuser.
 */
export function runsAsOwners({ role }: LiveContext, { codeAsSuperuser }: RestoreRequest): boolean {
  return role.superuser && !codeAsSuperuser
}

const aboutSql = `
  SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int / 10000 AS major,
         r.rolname::text AS role, r.rolcreatedb OR r.rolsuper AS createdb,
         r.rolsuper OR (SELECT s.rolsuper FROM pg_roles s WHERE s.rolname = session_user) AS superuser
    FROM pg_roles r WHERE r.rolname = current_user`

interface About {
  readonly version: string
  readonly major: number
  readonly role: string
  readonly superuser: boolean
  readonly createdb: boolean
}

/**
 * Connects to `postgres`, `template1`, or else the live database, drops expired temporary logins and reads the facts.
 * Throws the error of the last connection attempt, or at once if the server does not answer in time.
 */
export async function openContext(live: Address, settings: { readonly installTools: boolean }): Promise<LiveContext> {
  const { client, maintenance } = await firstOpen(live)
  try {
    await requireOwnSession(client, maintenance ?? live)
    await dropLeftoverLogins(client)
    const { rows } = await client.query<About>(aboutSql)
    const [about] = rows
    if (!about) throw new Error('the query for the version and the role returned no row')
    const server = { major: about.major, version: about.version.split(' ')[0] ?? about.version }
    return {
      live,
      maintenance,
      server,
      serverIds: await serverIds(client),
      role: { name: about.role, superuser: about.superuser, createsDatabases: about.createdb },
      tools: (manifest) => toolsFor(newerOf(server, manifest.tools.pg_dump), settings.installTools),
    }
  } catch (error) {
    throw explainPostgres(error, live.display)
  } finally {
    await client.end().catch(() => {})
  }
}

async function firstOpen(live: Address): Promise<{ client: pg.Client; maintenance: Address | undefined }> {
  for (const database of ['postgres', 'template1'].filter((name) => name !== live.database)) {
    const maintenance = withDatabase(live, database)
    const client = await connect(maintenance).catch((error) => {
      // The server does not answer in time, for no database: each further attempt would take as long.
      if (asFailure(error).code === 'postgres/timeout') throw error
      return undefined
    })
    if (client) return { client, maintenance }
  }
  return { client: await connect(live), maintenance: undefined }
}

function newerOf(server: LiveContext['server'], dumpVersion: string | undefined): LiveContext['server'] {
  const major = Number.parseInt(dumpVersion ?? '', 10)
  return major > server.major ? { major, version: dumpVersion as string } : server
}
