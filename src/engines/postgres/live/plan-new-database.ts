// Plans the new database of a restore: its name, its shape, and the source of its properties.
import type pg from 'pg'
import type { RestoreRequest } from '../../../ports/restore.ts'
import { archivedProperties, readContents } from './archive-facts.ts'
import type { LiveContext } from './context.ts'
import type { DatabaseShape } from './create-database.ts'
import { newDatabaseName } from './names.ts'
import { type Properties, readProperties } from './properties.ts'
import { databaseNames, serverTime } from './session.ts'

export interface NewDatabasePlan {
  /** The name during the load, which marks the database as incomplete. */
  readonly name: string
  readonly shape: DatabaseShape
  /** The database from which it copies its properties. */
  readonly model: Properties | undefined
  /**
   * SQL from the backup that sets its properties after it is renamed to its name in the backup; empty if there is a
   * model.
   */
  readonly archived: readonly string[]
  /** ISO 8601, by the server's clock. */
  readonly time: string
  readonly notes: readonly string[]
}

/** Plans the database; changes nothing. `finalName` is its final name. */
export async function planNewDatabase(
  client: pg.Client,
  context: LiveContext,
  request: RestoreRequest,
  finalName: string,
): Promise<NewDatabasePlan> {
  const { manifest, strategy } = request
  const { database } = manifest
  const live = context.live.database
  const { stamp, iso } = await serverTime(client)
  const name = newDatabaseName(live, 'restoring', stamp, await databaseNames(client))
  const isModel = strategy === 'swap' || live === database.name
  const model = isModel ? await readProperties(client, live) : undefined
  const contents = model ? undefined : await readContents(request.payloads)
  const inArchive = contents ? archivedProperties(contents) : undefined
  const archived = inArchive && database.name === finalName ? inArchive.statements : []
  const owner = model?.owner ?? (await existingRole(client, inArchive?.owner ?? database.owner))
  const notes = [
    ...(owner === undefined
      ? [`Role ${database.owner}, the owner of the database, does not exist here, so ${context.role.name} owns it.`]
      : []),
    ...(model || archived.length > 0 || database.name === finalName
      ? []
      : [
          `Grants and settings of the database were not transferred, because the backup is of ${database.name}, not of ${finalName}.`,
        ]),
  ]
  return { name, shape: shapeOf(request, model, owner), model, archived, time: iso, notes }
}

function shapeOf(
  { manifest }: RestoreRequest,
  model: Properties | undefined,
  owner: string | undefined,
): DatabaseShape {
  const { encoding, collate, ctype, provider, locale } = manifest.database
  return {
    owner,
    encoding,
    collate,
    ctype,
    provider,
    locale,
    icuRules: model?.provider === provider && model.locale === locale ? model.icuRules : undefined,
    tablespace: model?.tablespace,
  }
}

async function existingRole(client: pg.Client, role: string): Promise<string | undefined> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role])
  return rowCount ? role : undefined
}
