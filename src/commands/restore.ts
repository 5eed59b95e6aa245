// `restore`: a backup back into its place, or beside it, or undone.
import { Failure } from '../domain/failure.ts'
import type { Manifest } from '../domain/manifest.ts'
import { parseTableName } from '../domain/table-name.ts'
import type { Values } from '../inputs/kinds.ts'
import { recordInputs } from '../inputs/record.ts'
import { restoreInputs } from '../inputs/restore.ts'
import { databaseInputs, selectionInputs, storeInputs, temporaryInputs } from '../inputs/shared.ts'
import { tenantRestoreInputs } from '../inputs/tenant-restore.ts'
import { checkTenantInputs, tenantInputs } from '../inputs/tenants.ts'
import { compareWithRecord, mendRecord } from '../operations/compare-with-record.ts'
import type { LiveServer } from '../operations/platform-ports.ts'
import { readManifest } from '../operations/read-manifest.ts'
import type { RunRecord } from '../operations/record-ports.ts'
import { restore as restoreBackup } from '../operations/restore.ts'
import { undoRestore } from '../operations/undo-restore.ts'
import { requireUrl } from './backup-outcome.ts'
import { command, type Outcome, type World } from './command.ts'
import { openRecord, rulesOfRecord } from './recording.ts'
import { aroundOf } from './restore-around.ts'
import { outcomeOfRestore, outcomeOfUndo, outputsOfRestore } from './restore-outcome.ts'
import { rulesOfRestore } from './restore-rules.ts'
import { bringTenantBack, rulesOfTenantRestore } from './restore-tenant.ts'
import { safetyBackup } from './safety-backup.ts'
import { type FirstFound, openFirstStoreWith } from './stores-of.ts'

const inputs = {
  ...databaseInputs,
  ...storeInputs,
  ...selectionInputs,
  ...restoreInputs,
  ...tenantRestoreInputs,
  ...tenantInputs,
  ...recordInputs,
  ...temporaryInputs,
}
export type RestoreValues = Values<typeof inputs>

export const restore = command({
  name: 'restore',
  summary: 'Restore a backup: beside the live database and swapped in, so that it can be undone',
  examples: [
    'restore --dry-run',
    'restore --confirm shop --before "pm2 stop api" --after "pm2 start api" --health-url http://localhost:3000/health',
    'restore --undo --confirm shop',
    'restore --backup 20261124T020005Z --strategy new --target-database shop_copy',
    'restore --table public.Product --target-schema rescued --confirm shop',
    'restore --kind tenant --tenant 7 --mode replace --dry-run',
    'restore --kind tenant --tenant 7 --from latest --mode replace --confirm shop',
  ],
  inputs,
  outputs: outputsOfRestore,
  check: (values) => [
    ...rulesOfRestore(values),
    ...rulesOfTenantRestore(values),
    ...checkTenantInputs(values),
    ...rulesOfRecord(values),
  ],
  async run(values, world) {
    if (values.kind === 'tenant') return bringTenantBack(values, world)
    const server = await world.openLiveServer(requireUrl(values), { installTools: values.installTools })
    try {
      return await (values.undo ? undo(values, server, world) : bringBack(values, server, world))
    } finally {
      await server.close()
    }
  },
})

async function bringBack(values: RestoreValues, server: LiveServer, world: World): Promise<Outcome<typeof outputsOfRestore>> {
  const found = await openFirstStoreWith(values, world, 'platform')
  const record = await openRecord(values, world)
  if (record) await compareWithRecord(record, await readManifest(found.store, found.entry, world.signal), world.reporter)
  const { strategy, targetDatabase, targetSchema, schema, jobs, confirm, dryRun } = values
  const makesSafetyBackup = strategy === 'in-place' && !values.skipSafetyBackup
  const restored = await restoreBackup(
    {
      server,
      found,
      strategy,
      chosenById: values.backup !== 'latest' && values.at === undefined,
      targetDatabase,
      targetSchema,
      tables: values.table.map(tableOf),
      schemas: schema,
      jobs,
      confirm,
      dryRun,
      around: aroundOf(values),
      safetyBackup: makesSafetyBackup ? () => safetyBackup(values, found.entry.name, world) : undefined,
    },
    { ...world, temporary: values.temporary ?? world.temporary },
  )
  const tookItsPlace = restored.done && strategy !== 'new' && targetSchema === undefined
  if (record && tookItsPlace) await mend(record, restored.manifest, found, world)
  return outcomeOfRestore(restored, server)
}

/** The backup's own row, which came back as it was in the snapshot. */
async function mend(record: RunRecord, manifest: Manifest, { places }: FirstFound, { reporter }: World): Promise<void> {
  const location = places.map(({ store }) => store.address)
  if (!(await mendRecord({ record, manifest, location, reporter }))) return
  reporter.note(`${record.display} says again that ${manifest.id} is completed: in the snapshot it was still running.`)
}

async function undo(values: RestoreValues, server: LiveServer, world: World): Promise<Outcome<typeof outputsOfRestore>> {
  const { confirm, dryRun } = values
  const { undone, failure } = await undoRestore({ server, confirm, dryRun, around: aroundOf(values) }, world)
  return { ...outcomeOfUndo(undone, server, dryRun), ...(failure ? { failure } : {}) }
}

function tableOf(text: string): { schema: string; table: string } {
  const name = parseTableName(text)
  if (!name) throw new Failure('usage', `table: ${JSON.stringify(text)} is not the name of a table`)
  return name
}
