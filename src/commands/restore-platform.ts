// `restore` of a whole database: the chosen backup, in place of the live database or as a new one, and its row in the record
// mended.
import { commandLine, type Flags } from '../domain/command-line.ts'
import { Failure } from '../domain/failure.ts'
import type { Manifest } from '../domain/manifest.ts'
import { parseTableName } from '../domain/table-name.ts'
import { compareWithRecord, repairRecord } from '../operations/compare-with-record.ts'
import { readManifest } from '../operations/read-manifest.ts'
import type { RunRecord } from '../operations/record-ports.ts'
import { restore as restoreBackup } from '../operations/restore.ts'
import type { LiveServer } from '../operations/restore-ports.ts'
import type { Outcome, World } from './command.ts'
import { openRecord } from './recording.ts'
import { keyFlags, storeFlags } from './repeated-flags.ts'
import { hooksOf } from './restore-hooks.ts'
import type { RestoreValues } from './restore-inputs.ts'
import { outcomeOfRestore, type outputsOfRestore } from './restore-outcome.ts'
import { safetyBackup } from './safety-backup.ts'
import { storeAddresses } from './store-addresses.ts'
import type { FirstFound } from './stores-of.ts'

interface PlatformParts {
  readonly values: RestoreValues
  readonly server: LiveServer
  readonly found: FirstFound
  /** More to bring back once the database is in its place. */
  readonly also?: () => Promise<void>
}

export async function runDatabaseRestore(
  { values, server, found, also }: PlatformParts,
  world: World,
): Promise<Outcome<typeof outputsOfRestore>> {
  const record = await openRecord(values, world)
  if (record)
    await compareWithRecord(record, await readManifest(found.store, found.entry, world.signal), world.reporter)
  const { strategy, targetDatabase, targetSchema, schema, jobs, confirm, dryRun } = values
  const makesSafetyBackup = strategy === 'in-place' && !values.skipSafetyBackup
  const restored = await restoreBackup(
    {
      server,
      found,
      strategy,
      codeAsSuperuser: values.codeAsSuperuser,
      onError: values.onError,
      chosenById: values.backup !== 'latest' && values.at === undefined,
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
          ...wayBackFlags(values, found, world),
          confirm: server.database,
        }),
      safetyBackup: makesSafetyBackup ? () => safetyBackup(values, found.entry.name, world) : undefined,
    },
    { ...world, temporary: values.temporary ?? world.temporary },
  )
  const tookItsPlace = restored.done && strategy !== 'new' && targetSchema === undefined
  if (record && tookItsPlace) await mend(record, restored.manifest, found, world)
  return outcomeOfRestore(restored, server, wayBackFlags(values, found, world))
}

/** Flags of the command that restores the safety backup: name and stores. */
export function wayBackFlags(values: RestoreValues, { entry }: Pick<FirstFound, 'entry'>, world: World): Flags {
  return { name: entry.name, ...storeFlags(values, storeAddresses(values, world), world), ...keyFlags(values) }
}

/** The backup's own row, which came back as it was in the snapshot. */
async function mend(record: RunRecord, manifest: Manifest, { places }: FirstFound, { reporter }: World): Promise<void> {
  const location = places.map(({ store }) => store.address)
  if (!(await repairRecord({ record, manifest, location, reporter }))) return
  reporter.note(`Updated the row of ${manifest.id} in ${record.display} to completed; in the snapshot it was running.`)
}

function tableOf(text: string): { schema: string; table: string } {
  const name = parseTableName(text)
  if (!name) throw new Failure('input/invalid', `--table: ${JSON.stringify(text)} is not a table name`)
  return name
}
