// Finds the pair of databases that a swap exchanged: the live one, and the one that an undo makes live again.
import pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import { commandLine } from '../../../domain/text/command-line.ts'
import type { DatabaseIdentity, UndoPair } from '../../../ports/restore.ts'
import { type Marker, readComment } from './marker.ts'
import { type Properties, readProperties } from './properties.ts'

/** A pair that the comments of both databases confirm. */
export interface ConfirmedPair extends UndoPair {
  /** The live database as it is now. */
  readonly current: Properties
  /** The users' comment on the kept database, without the marker. */
  readonly comment: string | undefined
  /** The kept database's marker. */
  readonly marker: Marker
}

/**
 * Finds the database that the last swap of this live database put aside. A comment on the kept database alone proves
 * nothing: the owner of any database of the server can write one. The live database must name the kept one by its OID,
 * in a comment that only its owner or a superuser can write. The kept database must name the live one and the same
 * transaction. Both must have the same owner. Throws a failure of kind refused otherwise.
 */
export async function findPair(client: pg.Client, live: string): Promise<ConfirmedPair> {
  const current = await readProperties(client, live)
  if (!current) throw missing(live)
  const named = current.marker?.role === 'live' && current.marker.database === live ? current.marker : undefined
  if (named?.inPlace) throw putNothingAside(named, await nameOf(client, named.replaced))
  if (named?.replaced === undefined) throw nothingKept(live, await undoneOf(client, current))
  const { rows } = await client.query<{ name: string; owner: string; comment: string | null }>(
    `SELECT datname::text AS name, pg_get_userbyid(datdba)::text AS owner, shobj_description(oid, 'pg_database') AS comment
       FROM pg_database WHERE oid = $1`,
    [named.replaced],
  )
  const [kept] = rows
  if (!kept) throw nothingKept(live)
  const { marker, comment } = readComment(kept.comment)
  const fault = faultOf(named, marker, current, kept)
  if (!marker || fault !== undefined) throw disagreeing(live, kept.name, fault ?? '')
  return {
    live: factsOf(current),
    kept: { oid: named.replaced, name: kept.name, owner: kept.owner },
    backup: named.backup,
    swapped: named.time,
    current,
    comment,
    marker,
  }
}

const factsOf = ({ oid, name, owner }: Properties): DatabaseIdentity => ({ oid, name, owner })

function faultOf(
  named: Marker,
  marker: Marker | undefined,
  current: Properties,
  kept: { owner: string },
): string | undefined {
  if (kept.owner !== current.owner)
    return `it belongs to ${kept.owner}, and ${current.name} belongs to ${current.owner}`
  if (marker?.role !== 'before' || marker.database !== named.database)
    return 'its comment is not that of the database that the restore replaced'
  if (marker.replacedBy !== current.oid) return 'its comment names another database'
  return marker.xid === named.xid && marker.backup === named.backup ? undefined : 'its comment names another restore'
}

/** Returns the databases of this owner that an undo renamed. */
async function undoneOf(client: pg.Client, { name: live, owner }: Properties): Promise<string[]> {
  const { rows } = await client.query<{ name: string; comment: string | null }>(
    `SELECT datname::text AS name, shobj_description(oid, 'pg_database') AS comment
       FROM pg_database WHERE pg_get_userbyid(datdba) = $1 ORDER BY datname`,
    [owner],
  )
  return rows.flatMap(({ name, comment }) => {
    const { marker } = readComment(comment)
    return marker?.role === 'undone' && marker.database === live ? [name] : []
  })
}

function nothingKept(live: string, undone: readonly string[] = []): Failure {
  const left = undone.map(
    (name) => `An undo left the restored data in ${name}; to drop it: DROP DATABASE ${pg.escapeIdentifier(name)}. `,
  )
  return new Failure(
    'restore/nothing-to-undo',
    `there is nothing to undo: no database is kept from an earlier restore of ${live}`,
    {
      hint: `${left.join('')}Only a restore with --strategy swap can be undone. To go back further, restore an older backup: \`resguardo list\`.`,
    },
  )
}

async function nameOf(client: pg.Client, oid: number | undefined): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT datname::text AS name FROM pg_database WHERE oid = $1',
    [oid],
  )
  return rows[0]?.name
}

/** The last restore was in place, of a tenant or into a schema. `kept`: the database of a swap before it. */
function putNothingAside(marker: Marker, kept: string | undefined): Failure {
  const { database: live, backup, time, tenant, schema } = marker
  const what =
    tenant !== undefined ? `of tenant ${tenant}` : schema !== undefined ? `into schema ${schema}` : 'in place'
  const earlier = kept === undefined ? '' : `${kept} is kept from an earlier restore. `
  return new Failure(
    'restore/nothing-to-undo',
    `the last restore of ${live} was ${what} (${backup} at ${time}), so no database is kept from before it`,
    { hint: earlier + wayBack(marker) },
  )
}

function wayBack({ database, tenant, schema, safetyBackup }: Marker): string {
  if (schema !== undefined) return `Drop the schema: DROP SCHEMA ${pg.escapeIdentifier(schema)} CASCADE.`
  if (safetyBackup === undefined) return 'The restore made no safety backup. Restore an older backup: `resguardo list`.'
  const command =
    tenant === undefined
      ? commandLine(['restore', safetyBackup], { strategy: 'in-place', confirm: database })
      : commandLine(['restore', 'tenant', safetyBackup], { tenant, mode: 'replace', confirm: database })
  return `Restore the safety backup: \`${command}\``
}

function missing(live: string): Failure {
  return new Failure(
    'restore/undo-mismatch',
    `could not undo the restore of ${live}: there is no database of that name`,
    {
      hint: `The comment of ${live} names the database that it replaced, and that database does not exist. List the databases with \\l+ in psql, then rename the right one with ALTER DATABASE … RENAME TO.`,
    },
  )
}

function disagreeing(live: string, kept: string, fault: string): Failure {
  return new Failure(
    'restore/undo-mismatch',
    `${kept} is not the database that the last restore of ${live} replaced: ${fault}`,
    {
      hint: 'Nothing was changed. Find out who changed its owner or comment. To use it anyway, rename the databases with ALTER DATABASE … RENAME TO.',
    },
  )
}
