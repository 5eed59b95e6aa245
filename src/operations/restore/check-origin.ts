// Checks that the backup is of the server that it is restored to, for all kinds of backup.
import { areDifferentServers } from '../../domain/backups/server-ids.ts'
import { type PostgresManifest, postgresServerIds } from '../../domain/manifest/manifest.ts'
import type { Step } from '../../ports/restore.ts'

/** How the user chose the backup. */
export interface BackupChoice {
  /** By its ID; false: as the latest, or by a time. */
  readonly byId: boolean
  /** The option that chooses it by its ID: `--backup 20261124T020005Z-…`. */
  readonly option: string
}

interface OriginRequest {
  /** IDs of the server that is restored to; empty if they are not known. */
  readonly here: readonly string[]
  /** IDs of the server that the backup is of; empty if they are not known. */
  readonly there: readonly string[]
  readonly choice: BackupChoice
  /** Whether live data changes. */
  readonly touchesLive: boolean
}

/**
 * Backups of two servers can be stored under one name: production's and its copy's. `latest` may be either, so a backup
 * of another server must be chosen by its ID to change live data. Returns no step if one of the servers is not known.
 */
export function originSteps({ here, there, choice, touchesLive }: OriginRequest): Step[] {
  if (here.length === 0 || there.length === 0) return []
  if (!areDifferentServers(here, there)) return [{ title: 'The backup is of this server', state: 'done' }]
  const title = `The backup is of another server (${there[0]}, here ${here[0]})`
  if (!touchesLive || choice.byId) return [{ title, state: 'warning', detail: 'Make sure that this is intended' }]
  return [
    {
      title,
      state: 'blocked',
      detail: `If this is intended, for example on a new server, name the backup: ${choice.option}`,
    },
  ]
}

interface DatabaseOriginRequest extends Omit<OriginRequest, 'there'> {
  readonly manifest: PostgresManifest
  /** Name of the live database. */
  readonly database: string
}

/** The same for a database of PostgreSQL, and a warning if the backup is of a database with another name. */
export function originStepsOfDatabase({ manifest, database, ...request }: DatabaseOriginRequest): Step[] {
  const { name } = manifest.database
  const steps = originSteps({ ...request, there: postgresServerIds(manifest) })
  if (!request.touchesLive || name === database) return steps
  const title = `The backup is of database ${name}, not of ${database}`
  return [...steps, { title, state: 'warning', detail: 'Make sure that this is intended' }]
}
