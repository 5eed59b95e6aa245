// Opens the record of runs from the inputs, and records a backup in it.

import { mainChecksum } from '../domain/backups/main-checksum.ts'
import { asFailure } from '../domain/failures/failure.ts'
import { manifestSha256 } from '../domain/manifest/manifest-json.ts'
import { parseRecordTable } from '../domain/record-table.ts'
import type { Values } from '../inputs/kinds.ts'
import type { recordedInputs } from '../inputs/record.ts'
import type { BackupSet } from '../operations/backup/backup-run.ts'
import { kindOf } from '../operations/kind-of.ts'
import { recordRun } from '../operations/record/record-run.ts'
import type { Store } from '../ports/common.ts'
import type { RunRecord } from '../ports/record.ts'
import { outcomeOfBackup, type outputsOfBackup } from './backup/backup-outcome.ts'
import type { BackupValues as CommonValues, Outcome, World } from './world.ts'

/** Inputs of the record, and the URL of the database that contains it unless `record-url` names another. */
export type RecordValues = Values<typeof recordedInputs> & {
  readonly recordCreate?: boolean
  readonly databaseUrl: string | undefined
}

/** Rules across the inputs of the record. */
export function rulesOfRecord({ record, recordTable, recordCreate, recordUrl, databaseUrl }: RecordValues): string[] {
  const broken: string[] = []
  if (!parseRecordTable(recordTable)) {
    broken.push(`--record-table: ${JSON.stringify(recordTable)} is not a name such as "BackupRun" or audit."BackupRun"`)
  }
  if (recordCreate && !record) broken.push('--record-create needs --record')
  if (record && (recordUrl ?? databaseUrl) === undefined) broken.push('--record needs --record-url or --database-url')
  return broken
}

/**
 * Returns the record, or undefined if none is requested. Makes no connection. Throws if the URL or the name of the
 * table is not usable.
 */
export async function requireRecord(values: RecordValues, world: World): Promise<RunRecord | undefined> {
  const { record, recordTable, recordCreate, databaseUrl } = values
  const url = values.recordUrl ?? databaseUrl
  if (!record || url === undefined) return undefined
  const create = !recordCreate ? 'never' : url === databaseUrl ? 'beside-others' : 'anywhere'
  return world.openRecord(url, { table: recordTable, create })
}

/**
 * Returns the record, or undefined if none is requested or it cannot be opened. The latter is only a warning, because
 * the record never blocks the work.
 */
export async function openRecord(values: RecordValues, world: World): Promise<RunRecord | undefined> {
  try {
    return await requireRecord(values, world)
  } catch (error) {
    const { message, hint } = asFailure(error)
    world.reporter.warn(`The record of runs cannot be used: ${message}.${hint ? ` ${hint}` : ''}`)
    return undefined
  }
}

type BackupValues = CommonValues & RecordValues

/** Makes the backups of the selected kind, with a row in the record from start to end if one is requested. */
export async function backUpRecorded(stores: readonly Store[], values: BackupValues, world: World): Promise<BackupSet> {
  const { backup } = kindOf(world.choices, values.kind)
  const record = await openRecord(values, world)
  if (!record) return backup.run(stores, values, world)
  const resultOf = ({ manifest, bytes, stores: holding, failure }: BackupSet) => ({
    id: manifest.id,
    checksum: mainChecksum(manifest),
    manifest: manifestSha256(manifest),
    bytes,
    location: holding.map(({ address }) => address).join(','),
    failure,
  })
  const kind = backup.main
  const { trigger } = values
  return recordRun({ record, kind, trigger, resultOf }, world, (itsWorld) => backup.run(stores, values, itsWorld))
}

/** Runs `backup` and `dump`: makes the backups with `backUpRecorded`, and returns the outcome. */
export async function makeRecordedBackup(
  stores: readonly Store[],
  values: BackupValues,
  world: World,
): Promise<Outcome<typeof outputsOfBackup>> {
  return outcomeOfBackup(await backUpRecorded(stores, values, world), world)
}
