// `restore` of a whole database: in place of the live one, as a new one, or selected tables; and `--undo`.

import { openRecord } from '../../commands/recording.ts'
import { hooksOf } from '../../commands/restore/restore-hooks.ts'
import type { RestoreValues as CommonValues } from '../../commands/restore/restore-inputs.ts'
import type { outputsOfRestore } from '../../commands/restore/restore-outputs.ts'
import type { FirstFound } from '../../commands/stores/stores-of.ts'
import type { Outcome, RestoreResult, World } from '../../commands/world.ts'
import { Failure } from '../../domain/failures/failure.ts'
import { parseTableName } from '../../domain/fingerprint/table-name.ts'
import { type Manifest, type PostgresManifest, requirePostgres } from '../../domain/manifest/manifest.ts'
import { commandLine } from '../../domain/text/command-line.ts'
import type { Values } from '../../inputs/kinds.ts'
import type { FoundWithManifest } from '../../operations/catalogue/find-backup.ts'
import { compareWithRecord, repairRecord } from '../../operations/record/compare-with-record.ts'
import { restore as restoreBackup } from '../../operations/restore/restore.ts'
import { strategyOf } from '../../operations/restore/restore-plan.ts'
import { undoRestore } from '../../operations/restore/undo-restore.ts'
import type { RunRecord } from '../../ports/record.ts'
import type { LiveServer } from '../../ports/restore.ts'
import { choiceOf, openBackup } from '../open-backup.ts'
import { requireUrl } from '../require-url.ts'
import { requireWholeDatabase } from '../require-whole-database.ts'
import { safetyBackupFlags } from '../safety-backup-flags.ts'
import type { restoreInputs } from './restore-inputs.ts'
import { outcomeOfRestore, outcomeOfUndo } from './restore-outcome.ts'
import { safetyBackup } from './safety-backup.ts'

type RestoreValues = CommonValues & Values<typeof restoreInputs>

interface PlatformParts {
  readonly values: RestoreValues
  readonly server: LiveServer
  readonly found: FirstFound & FoundWithManifest<PostgresManifest>
  /** Restores more, once the database is in its place. */
  readonly also?: () => Promise<void>
}

/** Restores a whole database or some of its tables, or undoes the last restore. */
export async function runRestore(values: RestoreValues, world: World): Promise<RestoreResult> {
  await requireWholeDatabase(values, world)
  const server = await world.openLiveServer(requireUrl(values), { installTools: values.installTools })
  try {
    if (values.undo) {
      const source = { words: [], flags: { store: undefined } }
      return { ...(await undo(values, server, world)), confirm: server.database, source }
    }
    const found = await openBackup(values, world, 'platform', requirePostgres)
    const outcome = await runDatabaseRestore({ values, server, found }, world)
    return { ...outcome, confirm: strategyOf(values).touchesLive ? server.database : undefined }
  } finally {
    await server.close()
  }
}

async function undo(
  values: RestoreValues,
  server: LiveServer,
  world: World,
): Promise<Outcome<typeof outputsOfRestore>> {
  const { confirm, dryRun } = values
  const { undone, failure } = await undoRestore({ server, confirm, dryRun, hooks: hooksOf(values) }, world)
  return { ...outcomeOfUndo(undone, server, dryRun), ...(failure ? { failure } : {}) }
}

export async function runDatabaseRestore(
  { values, server, found, also }: PlatformParts,
  world: World,
): Promise<Outcome<typeof outputsOfRestore>> {
  const record = await openRecord(values, world)
  if (record) await compareWithRecord(record, found.manifest, world.reporter)
  const { strategy, targetDatabase, targetSchema, schema, jobs, confirm, dryRun } = values
  const makesSafetyBackup = strategy === 'in-place' && !values.skipSafetyBackup
  const restored = await restoreBackup(
    {
      server,
      found,
      strategy,
      codeAsSuperuser: values.codeAsSuperuser,
      onError: values.onError,
      choice: choiceOf(values, found.manifest),
      targetDatabase,
      targetSchema,
      tables: values.table.map(tableOf),
      schemas: schema,
      jobs,
      confirm,
      dryRun,
      hooks: hooksOf(values),
      ...(also && { also }),
      safetyCommand: (id) =>
        commandLine(['restore', id], {
          strategy: 'in-place',
          ...safetyBackupFlags(values, found, world),
          confirm: server.database,
        }),
      safetyBackup: makesSafetyBackup ? () => safetyBackup(values, found.entry.name, world) : undefined,
    },
    { ...world, temporary: values.temporary ?? world.temporary },
  )
  const tookItsPlace = restored.done && strategy !== 'new' && targetSchema === undefined
  if (record && tookItsPlace) await updateRecord(record, restored.manifest, found, world)
  return outcomeOfRestore(restored, server, safetyBackupFlags(values, found, world))
}

/** Updates the backup's row in the restored record, which still has the state of the snapshot. */
async function updateRecord(
  record: RunRecord,
  manifest: Manifest,
  { places }: FirstFound,
  { reporter }: World,
): Promise<void> {
  const location = places.map(({ store }) => store.address)
  if (!(await repairRecord({ record, manifest, location, reporter }))) return
  reporter.note(`Updated the row of ${manifest.id} in ${record.display} to completed; in the snapshot it was running.`)
}

function tableOf(text: string): { schema: string; table: string } {
  const name = parseTableName(text)
  if (!name) throw new Failure('input/invalid', `--table: ${JSON.stringify(text)} is not a table name`)
  return name
}
