// Restores into a new database: creates, loads, compares and analyzes it, or drops it after a failure.
import pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Difference } from '../../../domain/fingerprint/fingerprint.ts'
import type { RestoreRequest } from '../../../ports/restore.ts'
import { compareDatabase } from '../compare/compare.ts'
import { withDatabase } from '../connection/address.ts'
import { explainPostgres } from '../connection/errors.ts'
import { loadBackup } from '../load/load.ts'
import { nameOfEntry } from '../load/repair.ts'
import { analyze } from './analyze.ts'
import { type Closed, closeStatements, openStatements } from './closed.ts'
import { type LiveContext, runsAsOwners } from './context.ts'
import { createDatabaseStatement } from './create-database.ts'
import { dropAfter } from './drop-database.ts'
import { withMarker } from './marker.ts'
import { type NewDatabasePlan, planNewDatabase } from './plan-new-database.ts'
import { commentStatement, propertyStatements, readProperties } from './properties.ts'
import { inSession, inTransaction, maintenanceOf } from './session.ts'
import { swapDatabaseNames } from './swap-names.ts'

/** A complete restored database, compared with the backup. */
export interface NewDatabase {
  readonly database: string
  readonly oid: number
  readonly owner: string
  /**
   * SQL for the transaction that renames the database to the live name. Empty if the database copies the properties of
   * the live database.
   */
  readonly archived: readonly string[]
  readonly notes: readonly string[]
  /** Messages about objects of the backup that the database lacks, and about differences from the backup. */
  readonly missing: readonly string[]
}

/**
 * Creates the database, loads the backup, compares and analyzes it. `finalName` is its final name.
 * Throws Failure after dropping the new database. Never changes the live database.
 */
export async function restoreIntoNewDatabase(
  context: LiveContext,
  request: RestoreRequest,
  finalName: string,
): Promise<NewDatabase> {
  const made = await createNewDatabase(context, request, finalName)
  try {
    const filled = await fill(context, request, made.plan.name)
    const { name, archived, notes } = made.plan
    return {
      database: name,
      oid: made.oid,
      owner: made.owner,
      archived,
      notes: [...notes, ...filled.notes],
      missing: filled.missing,
    }
  } catch (error) {
    throw await dropAfter(request.signal.aborted ? request.signal.reason : error, context, made.plan.name)
  }
}

async function createNewDatabase(
  context: LiveContext,
  request: RestoreRequest,
  finalName: string,
): Promise<{ plan: NewDatabasePlan; oid: number; owner: string }> {
  return request.phase('Creating a new database', () =>
    inSession(maintenanceOf(context), request.signal, async (client) => {
      const plan = await planNewDatabase(client, context, request, finalName)
      const closed = { name: plan.name, owner: plan.shape.owner ?? context.role.name, role: context.role }
      await client.query(
        `${createDatabaseStatement(plan.name, plan.shape, context.server.major)} ALLOW_CONNECTIONS false`,
      )
      try {
        await client.query(commentStatement(plan.name, restoringComment(context, request, plan)))
        await inTransaction(client, closeStatements(closed), 'COMMIT')
        await tryProperties(client, context, { plan, closed }, finalName)
        const made = await readProperties(client, plan.name)
        if (!made) throw new Error(`database ${plan.name} no longer exists`)
        return { plan, oid: made.oid, owner: closed.owner }
      } catch (error) {
        throw await dropAfter(error, context, plan.name)
      }
    }),
  )
}

function restoringComment(context: LiveContext, request: RestoreRequest, plan: NewDatabasePlan): string {
  const { database } = context.live
  return withMarker(undefined, { role: 'restoring', database, backup: request.manifest.id, time: plan.time })
}

/** Sets the properties of the database and rolls back, so that a missing privilege is found before the long work. */
async function tryProperties(
  client: pg.Client,
  context: LiveContext,
  { plan: { model, archived, name }, closed }: { readonly plan: NewDatabasePlan; readonly closed: Closed },
  finalName: string,
): Promise<void> {
  const rename =
    archived.length === 0
      ? []
      : [`ALTER DATABASE ${pg.escapeIdentifier(name)} RENAME TO ${pg.escapeIdentifier(finalName)}`]
  const own = model ? propertyStatements(model, name) : [...rename, ...archived]
  const statements = [...openStatements(closed), ...own]
  try {
    await inTransaction(client, statements, 'ROLLBACK')
  } catch (error) {
    const { message } = explainPostgres(error, context.live.display)
    throw new Failure(
      'restore/settings-failed',
      `could not transfer the grants and settings of the database: ${message}`,
      {
        hint: 'Restore as a superuser or as a role with the missing privilege, or create the missing role.',
        cause: error,
      },
    )
  }
}

async function fill(
  context: LiveContext,
  request: RestoreRequest,
  database: string,
): Promise<{ notes: readonly string[]; missing: readonly string[] }> {
  const { manifest, payloads, jobs, temporary, signal, tables, schemas, phase, progress } = request
  const address = withDatabase(context.live, database)
  const tools = await context.tools(manifest)
  const selection = { ...(tables.length > 0 ? { tables } : {}), ...(schemas.length > 0 ? { schemas } : {}) }
  const onProgress = (what: string) => (bytes: number) => progress({ what, bytes })
  const loaded = await phase(`Loading the backup into ${database}`, () =>
    loadBackup({
      ...{
        address,
        tools,
        manifest,
        payloads,
        jobs,
        temporary,
        signal,
        onProgress: onProgress('loaded'),
        ...selection,
      },
      onError: request.onError === 'stop' ? 'stop' : 'report',
      ...(runsAsOwners(context, request) ? { codeRunsAs: 'owners' } : {}),
    }),
  )
  const notes = [...loaded.notes]
  const differences = await phase('Comparing the database with the backup', () =>
    compareDatabase({
      ...{ address, tools, manifest, connections: jobs, signal, onProgress: onProgress('compared') },
      ...loaded,
      onNote: (note) => notes.push(note),
    }),
  )
  if (differences.length > 0 && request.onError === 'stop') throw differs(differences)
  const statistics = await phase('Gathering statistics (ANALYZE)', () => inSession(address, signal, analyze))
  const missing = loaded.missing.map(({ entry, failure }) => `${nameOfEntry(entry)}: ${failure.message}`)
  return { notes: [...notes, ...statistics], missing: [...missing, ...differences.map(({ sentence }) => sentence)] }
}

/** The failure for differences that are found before the live database changes. */
export function differs(differences: readonly Difference[]): Failure {
  const shown = differences.slice(0, 5).map(({ sentence }) => sentence)
  const more = differences.length > 5 ? [`and ${differences.length - 5} more`] : []
  return new Failure(
    'restore/differs',
    `the restored database differs from the backup: ${[...shown, ...more].join('; ')}`,
    {
      hint: 'The live database is unchanged. Choose another backup, or another copy of this one.',
    },
  )
}

/** Renames the database (strategy `new`) and sets its properties, in one transaction. Returns the renamed database. */
export async function settle(
  context: LiveContext,
  request: RestoreRequest,
  restored: NewDatabase,
  name: string,
): Promise<NewDatabase> {
  const isModel = context.live.database === request.manifest.database.name
  const model = await inSession(maintenanceOf(context), request.signal, async (client) =>
    isModel ? readProperties(client, context.live.database) : undefined,
  )
  const { owner, archived, oid, database } = restored
  const open = openStatements({ name, owner, role: context.role })
  const own = model ? propertyStatements(model, name) : archived
  const after = () => [commentStatement(name, undefined), ...open, ...own]
  await swapDatabaseNames(context, { renames: [{ oid, from: database, to: name }], before: [], after }, request.signal)
  return { ...restored, database: name }
}
