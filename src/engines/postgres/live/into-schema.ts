// Restores selected tables into a new schema of the live database: restores them into a new database, moves them into
// the schema there, and copies the schema in one transaction.
import pg from 'pg'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import type { RestoreRequest } from '../../../ports/restore.ts'
import { startChild } from '../../../streams/processes/child.ts'
import { dumpEncoding } from '../archive/encoding.ts'
import { toolEnvironment, withDatabase } from '../connection/address.ts'
import { explainLoad } from '../load/explain-load.ts'
import { readContents } from './archive-facts.ts'
import type { LiveContext } from './context.ts'
import { dropAfter, dropDatabase } from './drop-database.ts'
import { markStatement, notMarked } from './mark-in-place.ts'
import { withMarker } from './marker.ts'
import { restoreIntoNewDatabase } from './new-database.ts'
import { inOneSession } from './one-session.ts'
import { keywordOf, type OwnObject, objectsIn, ownSchemas } from './own-objects.ts'
import { runScript } from './run-script.ts'
import { inSession, serverTime } from './session.ts'

/**
 * Throws a failure of kind refused if the schema exists. After any Failure but `restore/commit-unknown` the live
 * database is unchanged.
 */
export async function restoreIntoSchema(
  context: LiveContext,
  request: RestoreRequest,
  schema: string,
): Promise<{ notes: readonly string[] }> {
  const { live } = context
  await inSession(live, request.signal, (client) => refuseExisting(client, schema, live.database))
  const mark = { backup: request.manifest.id, schema }
  const marking = await inSession(live, request.signal, (client) => markStatement(client, mark))
  const beside = await restoreIntoNewDatabase(context, { ...request, onError: 'stop' }, live.database)
  try {
    await moveIntoSchema(context, request, beside.database, schema)
    await request.phase(`Copying the tables into schema ${schema} of ${live.database}`, () =>
      copySchema(context, request, { database: beside.database, schema, opening: marking ? [marking] : [] }),
    )
  } catch (error) {
    throw await dropAfter(request.signal.aborted ? request.signal.reason : error, context, beside.database)
  }
  const left = await dropDatabase(context, beside.database).then(
    () => [],
    (error) => [asFailure(error).sentence],
  )
  return { notes: [...beside.notes, ...(marking ? [] : [notMarked]), ...left] }
}

async function refuseExisting(client: pg.Client, schema: string, database: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema])
  if (!rowCount) return
  throw new Failure('restore/schema-exists', `schema ${schema} already exists in ${database}`, {
    hint: 'Choose another schema with --target-schema. A restore never overwrites a schema.',
  })
}

/**
 * Moves all restored objects into the schema, including objects from other schemas that the selected tables need
 * (types, functions, sequences, parent tables). Creates the schema, with a comment that marks it as a copy, unless the
 * selected objects belong to a schema with this name: then the restore brings that schema back.
 */
async function moveIntoSchema(
  context: LiveContext,
  request: RestoreRequest,
  database: string,
  schema: string,
): Promise<void> {
  await inSession(withDatabase(context.live, database), request.signal, async (client) => {
    const filled = []
    for (const { name } of await ownSchemas(client)) {
      const objects = await objectsIn(client, name)
      if (objects.length > 0) filled.push({ name, objects })
    }
    if (filled.length === 0)
      throw new Failure('restore/not-in-backup', 'nothing was selected', { hint: 'Check --table and --schema.' })
    const selected = new Set([...request.tables.map((table) => table.schema), ...request.schemas])
    if (filled.length > 1 && selected.size !== 1) {
      throw new Failure(
        'restore/several-schemas',
        `the selection spans several schemas: ${filled.map(({ name }) => name).join(', ')}`,
        {
          hint: 'Restore one schema at a time, or use --strategy new --target-database.',
        },
      )
    }
    if (!filled.some(({ name }) => name === schema)) await createCopySchema(client, context, request, schema)
    for (const object of filled.flatMap(({ name, objects }) => (name === schema ? [] : objects))) {
      await client
        .query(`ALTER ${keywordOf(object)} ${object.identity} SET SCHEMA ${pg.escapeIdentifier(schema)}`)
        .catch((cause) => {
          throw explainMove(cause, object)
        })
    }
  })
}

/** Creates the schema of a copy, owned by the owner of the database. A new database already has the schema public. */
async function createCopySchema(
  client: pg.Client,
  { live }: LiveContext,
  { manifest }: RestoreRequest,
  schema: string,
): Promise<void> {
  const { rows } = await client.query<{ owner: string }>(
    'SELECT quote_ident(pg_get_userbyid(datdba)) AS owner FROM pg_database WHERE datname = current_database()',
  )
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema)} AUTHORIZATION ${rows[0]?.owner}`)
  const { iso: time } = await serverTime(client)
  const comment = withMarker(undefined, { role: 'copy', database: live.database, backup: manifest.id, time, schema })
  await client.query(`COMMENT ON SCHEMA ${pg.escapeIdentifier(schema)} IS ${pg.escapeLiteral(comment)}`)
}

function explainMove(cause: unknown, { type, identity }: OwnObject): unknown {
  if (!(cause instanceof pg.DatabaseError) || !/^42(710|723|P07)$/.test(cause.code ?? '')) return cause
  return new Failure(
    'restore/several-schemas',
    `the selected table needs objects with the same name from several schemas: ${type} ${identity}`,
    {
      hint: 'Restore the table into a new database: use --strategy new and --target-database instead of --target-schema.',
      cause,
    },
  )
}

/** pg_dump treats a quoted name as a pattern that matches only this name. */
async function copySchema(
  context: LiveContext,
  request: RestoreRequest,
  {
    database,
    schema,
    opening,
  }: { readonly database: string; readonly schema: string; readonly opening: readonly string[] },
): Promise<void> {
  const from = withDatabase(context.live, database)
  const tools = await context.tools(request.manifest)
  const { database: facts, dump: dumped } = request.manifest
  const encoding = dumpEncoding(facts, { ...dumped.selection, schemas: [schema] })
  const dump = startChild({
    command: `${tools.folder}/pg_dump`,
    arguments: [
      ...['--format=plain', `--encoding=${encoding}`, `--schema=${pg.escapeIdentifier(schema)}`],
      ...['--no-publications', '--no-subscriptions'],
    ],
    environment: toolEnvironment(from),
    signal: request.signal,
    explain: explainLoad('pg_dump', from.display, tools.major),
  })
  // At once: unread output of a child that has ended is lost.
  const script = dump.output()
  try {
    await inOneSession(context, request, await readContents(request.payloads), (session) =>
      runScript({
        ...session,
        tools,
        opening,
        script,
        signal: request.signal,
        reached: request.reached,
      }),
    )
  } finally {
    await dump.stop()
  }
}
