// Scratch as a temporary server on this machine, with the installed binaries in a sandbox.
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { Scratch, ScratchRequest } from '../../../ports/drill.ts'
import { openBridge } from '../../../sandbox/bridge.ts'
import { harmlessEnvironment } from '../../../streams/processes/child.ts'
import { type Address, toUrl, withDatabase } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { installServer } from '../install-tools.ts'
import { missingRoles } from '../load/needs.ts'
import { type Obstacle, obstaclesIn } from '../load/try-extension.ts'
import { type ClientTools, exactTools, fittingTools, installedTools } from '../tools.ts'
import { LoadedScratch } from './loaded-scratch.ts'
import { makeDatabase } from './make-database.ts'
import { preloadSettings } from './preload.ts'
import { lackingExtensions } from './requirements.ts'
import { settingsFor } from './scratch-settings.ts'
import { type ScratchServer, startScratchServer } from './server.ts'

/**
 * Creates a cluster with a database like the source's, and NOLOGIN roles with the names of its roles. Leaves nothing
 * behind if it fails.
 */
export async function openLocalScratch(request: ScratchRequest): Promise<Scratch> {
  const { manifest, signal, isolation } = request
  const temporary = resolve(request.temporary)
  const tools = await serverTools(manifest, request.installTools)
  const start = async (more: Record<string, string>): Promise<PreparedServer> => {
    const settings = { ...settingsFor(request), ...more }
    return prepareServer(await startScratchServer({ tools, temporary, settings, isolation, signal }), tools, request)
  }
  let made = await start({})
  const preload = made.obstacles.filter((obstacle) => obstacle.preload).map((obstacle) => obstacle.name)
  if (preload.length > 0) {
    await made.server.sandbox.close()
    made = await start(preloadSettings(preload, made.name))
  }
  return scratchOf(made, tools, request)
}

interface PreparedServer {
  readonly server: ScratchServer
  /** Name of the database. */
  readonly name: string
  readonly notes: string[]
  readonly obstacles: readonly Obstacle[]
}

/** Creates the database and roles on the server. Closes the server if that fails. */
async function prepareServer(
  server: ScratchServer,
  tools: ClientTools,
  request: ScratchRequest,
): Promise<PreparedServer> {
  try {
    const made = await createDatabaseAndRoles(server, tools, request)
    const { extensions } = request.manifest.database
    return { server, ...made, obstacles: await obstaclesIn(withDatabase(server.address, made.name), extensions) }
  } catch (error) {
    await server.sandbox.close()
    request.signal.throwIfAborted()
    throw error
  }
}

async function createDatabaseAndRoles(
  { address }: ScratchServer,
  tools: ClientTools,
  { manifest }: ScratchRequest,
): Promise<{ name: string; notes: string[] }> {
  const name = /^(postgres|template[01])$/.test(manifest.database.name) ? 'scratch' : manifest.database.name
  return withClient(address, async (client) => {
    for (const role of await missingRoles(client, manifest)) {
      // Names that begin with pg_ are predefined roles, of which newer versions have more.
      if (!role.startsWith('pg_')) await client.query(`CREATE ROLE ${pg.escapeIdentifier(role)} NOLOGIN`)
    }
    const notes = await makeDatabase(client, name, manifest, manifest.database.owner || undefined, tools)
    if (tools.major !== manifest.server.major) {
      notes.push(
        `The scratch server is PostgreSQL ${tools.major}, the source was ${manifest.server.major}, so the catalog was not compared.`,
      )
    }
    return { name, notes }
  })
}

function scratchOf(
  { server, name, notes, obstacles }: PreparedServer,
  tools: ClientTools,
  request: ScratchRequest,
): Scratch {
  const { address, sandbox } = server
  const scratch = withDatabase(address, name)
  return new LoadedScratch({
    ...{ request, tools, notes, noOwner: false, sandbox },
    ...{ temporary: sandbox.shared, address: scratch, maintenance: address, reserve: request.manifest.database.bytes },
    lacking: lackingExtensions(obstacles, request.manifest, request.allowMissingExtensions),
    display: `${name} on a temporary PostgreSQL ${tools.version}`,
    isolation: { isolation: sandbox.isolation, reasons: sandbox.reasons },
    openPort: () => openPort(scratch),
    drop: sandbox.close,
  })
}

/** Opens a TCP port for clients without support for unix sockets. The server requires its password there, too. */
async function openPort(address: Address): Promise<{ url: string; close(): Promise<void> }> {
  const path = join(address.host, `.s.PGSQL.${address.port}`)
  const bridge = await openBridge(undefined, async () => connect({ path, allowHalfOpen: true }))
  return { url: toUrl({ ...address, host: '127.0.0.1', port: bridge.port ?? 0 }), close: bridge.close }
}

const otherServer = 'use another server with --scratch-url and --scratch-database (TEST_DB_NAME)'

/** Returns server programs of the backup's major, else of the nearest newer one. With `install`, installs them if none fit. */
async function serverTools(manifest: PostgresManifest, install: boolean): Promise<ClientTools> {
  const { major, version } = manifest.server
  const exact = await exactTools(major)
  if (exact?.server) return exact
  const installed = await installedServers()
  const fitting = fittingTools(installed, major)
  if (fitting) return fitting
  if (install) {
    await installServer(major).catch((error: unknown) => {
      const { message, hint } = asFailure(error)
      throw asFailure(error).restate(message, `${hint} Or ${otherServer}.`)
    })
    const found = fittingTools(await installedServers(), major)
    if (found) return found
  }
  const have = installed.map((tools) => tools.version).join(', ')
  throw new Failure(
    'drill/no-server',
    `the backup is of PostgreSQL ${version}, and ${have === '' ? 'no PostgreSQL server is installed' : `only server version ${have} is installed`}`,
    {
      hint: `Install postgresql-${major} or use --install-tools, or ${otherServer}.`,
    },
  )
}

async function installedServers(): Promise<ClientTools[]> {
  return (await installedTools(harmlessEnvironment().PATH ?? '')).filter(({ server }) => server)
}
