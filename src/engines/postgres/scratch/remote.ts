// Scratch as a database on a server of the user: created by us, marked, and dropped again.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { Scratch, ScratchRequest } from '../../../ports/drill.ts'
import { type Address, parseAddress, toUrl, withDatabase } from '../connection/address.ts'
import { connect } from '../connection/connect.ts'
import { explainPostgres } from '../connection/errors.ts'
import { requireOwnSession } from '../connection/own-session.ts'
import { missingRoles } from '../load/needs.ts'
import { obstaclesIn } from '../load/try-extension.ts'
import { dropLeftoverLogins } from '../owners/leftover-logins.ts'
import { systemIdentifier } from '../probe.ts'
import { type ClientTools, toolsFor } from '../tools.ts'
import { LoadedScratch } from './loaded-scratch.ts'
import { dropScratch, lockScratch, makeMarked, removeOldScratch } from './marked-database.ts'
import { type Lacking, lackingExtensions } from './requirements.ts'

/**
 * Creates the database on that server. Throws a Failure of kind refused if a database with this name exists that is not
 * our own scratch, if it is the source itself, or if the server is older than the source. Never creates roles there: if
 * some are missing or the user is not a superuser, owners and grants are left out, and a note reports it.
 */
export async function openRemoteScratch(
  request: ScratchRequest,
  server: { url: string; database: string },
): Promise<Scratch> {
  const maintenance = parseAddress(server.url)
  const name = server.database
  if (maintenance.database === name) {
    throw new Failure('drill/scratch-is-source', `the scratch database ${name} is also the database of --scratch-url`, {
      hint: 'Use another database of that server in --scratch-url, such as postgres. The scratch database is created and dropped.',
    })
  }
  const client = await connect(maintenance)
  try {
    return await makeScratch(client, request, maintenance, name)
  } catch (error) {
    await client.end().catch(() => {})
    throw explainPostgres(error, maintenance.display)
  }
}

/** The session of `client` holds the name lock until the scratch database is dropped. */
async function makeScratch(
  client: pg.Client,
  request: ScratchRequest,
  maintenance: Address,
  name: string,
): Promise<Scratch> {
  const { manifest, signal } = request
  await requireOwnSession(client, maintenance)
  await dropLeftoverLogins(client)
  const facts = await serverOf(client)
  await requireNotSource(client, manifest, name)
  requireNewEnough(facts, manifest, maintenance)
  const tools = await toolsFor(facts, request.installTools)
  const { noOwner, notes } = await ownersNote(client, manifest)
  await lockScratch(client, name)
  await removeOldScratch(client, name, maintenance)
  signal.throwIfAborted()
  const localeNotes = await makeMarked(client, name, manifest, facts.major)
  try {
    const obstacles = await obstaclesIn(withDatabase(maintenance, name), manifest.database.extensions)
    const lacking = lackingExtensions(obstacles, manifest, request.allowMissingExtensions)
    const found = { tools, noOwner, lacking, notes: [...notes, ...localeNotes] }
    return scratchOn(request, maintenance, name, { ...found, release: () => client.end() })
  } catch (error) {
    await dropScratch(maintenance, name).catch(() => {})
    throw error
  }
}

function scratchOn(
  request: ScratchRequest,
  maintenance: Address,
  name: string,
  {
    release,
    ...found
  }: { tools: ClientTools; noOwner: boolean; lacking: Lacking; notes: readonly string[]; release: () => Promise<void> },
): Scratch {
  const { temporary } = request
  const address = withDatabase(maintenance, name)
  return new LoadedScratch({
    ...{ request, temporary, ...found, reserve: 0, address, maintenance, display: address.display },
    isolation: { isolation: 'external', reasons: [] },
    openPort: async () => ({ url: toUrl(address), close: async () => {} }),
    notes: found.notes,
    drop: () => dropScratch(maintenance, name).finally(() => release().catch(() => {})),
  })
}

async function serverOf(client: pg.Client): Promise<{ major: number; version: string }> {
  const { rows } = await client.query<{ version: string; number: string }>(
    "SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number",
  )
  const { version = '', number = '0' } = rows[0] ?? {}
  return { version: version.split(' ')[0] ?? version, major: Math.floor(Number(number) / 10_000) }
}

async function requireNotSource(client: pg.Client, manifest: PostgresManifest, name: string): Promise<void> {
  if (name !== manifest.database.name) return
  const [here, there] = [await systemIdentifier(client), manifest.server.systemIdentifier]
  if (here !== undefined && there !== undefined && here !== there) return
  throw new Failure(
    'drill/scratch-is-source',
    here === undefined || there === undefined
      ? `a scratch database named ${name} could be the source of this backup`
      : `${name} on this server is the source of this backup`,
    { hint: 'Choose another name with --scratch-database (TEST_DB_NAME).' },
  )
}

function requireNewEnough(
  server: { major: number; version: string },
  manifest: PostgresManifest,
  address: Address,
): void {
  if (server.major >= manifest.server.major) return
  throw new Failure(
    'drill/server-too-old',
    `the scratch server (${address.host}:${address.port}) is PostgreSQL ${server.version}, the backup is of ${manifest.server.version}`,
    { hint: `Use a server of PostgreSQL ${manifest.server.major} or newer in --scratch-url.` },
  )
}

async function ownersNote(
  client: pg.Client,
  manifest: PostgresManifest,
): Promise<{ noOwner: boolean; notes: string[] }> {
  const missing = await missingRoles(client, manifest)
  const { rows } = await client.query<{ super: boolean }>(
    'SELECT rolsuper AS super FROM pg_roles WHERE rolname = current_user',
  )
  if (missing.length === 0 && rows[0]?.super) return { noOwner: false, notes: [] }
  const reason =
    missing.length > 0
      ? `the scratch server lacks roles: ${missing.join(', ')}`
      : 'the user of --scratch-url is not a superuser'
  return { noOwner: true, notes: [`Not proven: owners and grants, because ${reason}.`] }
}
