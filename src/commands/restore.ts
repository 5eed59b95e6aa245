// `restore`: a backup back into its place, or beside it, or undone.

import type { CommandLine } from '../domain/command-line.ts'
import { Failure } from '../domain/failure.ts'
import { redisAddressOf } from '../inputs/redis.ts'
import { noUrl } from '../inputs/shared.ts'
import { checkTenantInputs } from '../inputs/tenants.ts'
import { strategyOf } from '../operations/restore-plan.ts'
import type { LiveServer } from '../operations/restore-ports.ts'
import { undoRestore } from '../operations/undo-restore.ts'
import { commands, report } from '../report/report.ts'
import { requireUrl } from './backup-outcome.ts'
import { command, type Outcome, type World } from './command.ts'
import { nextCommand } from './next-command.ts'
import { rulesOfRecord } from './recording.ts'
import { storeFlags } from './repeated-flags.ts'
import { runFullRestore } from './restore-all.ts'
import { hooksOf } from './restore-hooks.ts'
import { inputs, type RestoreValues } from './restore-inputs.ts'
import { outcomeOfUndo, outputsOfRestore } from './restore-outcome.ts'
import { runDatabaseRestore } from './restore-platform.ts'
import { rulesOfRedisRestore, runRedisRestore } from './restore-redis.ts'
import { rulesOfRestore } from './restore-rules.ts'
import { refuseTenants, rulesOfTenantRestore, runTenantRestore } from './restore-tenant.ts'
import { storeAddresses } from './store-addresses.ts'
import { openFirstStoreWith } from './stores-of.ts'

export const restore = command({
  name: 'restore',
  summary: 'Restore a backup into a new database and swap it with the live one; --undo swaps back',
  examples: [
    'restore --dry-run',
    'restore --confirm shop --before "pm2 stop api" --after "pm2 start api" --health-url http://localhost:3000/health',
    'restore --undo --confirm shop',
    'restore 20261124T020005Z --strategy new --target-database shop_copy',
    'restore --table public.Product --target-schema rescued --confirm shop',
    'restore tenant --tenant 7 --mode replace --dry-run',
    'restore tenant --tenant 7 --from latest --mode replace --confirm shop',
    'restore redis --mode replace --confirm localhost:6379',
    'restore redis --to-file ./dump.rdb',
    'restore all --confirm shop,localhost:6379 --before "pm2 stop all" --after "pm2 start all"',
  ],
  kinds: {
    platform:
      'Restore a database: into a new database that is swapped with the live one, in place, or only some tables',
    tenant: 'Restore the rows of one tenant into the live database, in one transaction',
    redis: 'Restore keys into a running Redis, or write an RDB file for a stopped one',
    all: 'Restore database and Redis from backups of the same run',
  },
  positional: ['kind', 'backup'],
  inputs,
  outputs: outputsOfRestore,
  check: (values) => [
    ...rulesOfRestore(values),
    ...rulesOfTenantRestore(values),
    ...rulesOfRedisRestore(values),
    ...checkTenantInputs(values),
    ...rulesOfRecord(values),
    ...rulesOfUrl(values),
  ],
  async run(values, world) {
    if (world.state) world.state.leaves = 'Nothing was changed.'
    const { confirm, ...outcome } = await runRestore(values, world)
    if (!values.dryRun || outcome.failure) return outcome
    const next = afterDryRun(values, { id: String(outcome.outputs['backup-id']), confirm }, world)
    return {
      ...outcome,
      report: report(outcome.report, commands(`To run the ${values.undo ? 'undo' : 'restore'}`, next)),
    }
  },
})

/** What was done or planned, and the value that --confirm needs. */
type RestoreResult = Outcome<typeof outputsOfRestore> & { readonly confirm: string | undefined }

async function runRestore(values: RestoreValues, world: World): Promise<RestoreResult> {
  if (values.kind === 'tenant') return runTenantRestore(values, world)
  if (values.kind === 'redis') return runRedisRestore(values, world)
  requireKind(values)
  await refuseTenants(values, world)
  const server = await world.openLiveServer(requireUrl(values), { installTools: values.installTools })
  try {
    const confirm = server.database
    if (values.undo) return { ...(await undo(values, server, world)), confirm }
    const found = await openFirstStoreWith(values, world, 'platform')
    const parts = { values, server, found }
    if (values.kind === 'all') return await runFullRestore(parts, world)
    return {
      ...(await runDatabaseRestore(parts, world)),
      confirm: strategyOf(values).touchesLive ? confirm : undefined,
    }
  } finally {
    await server.close()
  }
}

function afterDryRun(
  values: RestoreValues,
  { id, confirm }: { readonly id: string; readonly confirm: string | undefined },
  world: World,
): CommandLine {
  const { kind, undo: undoes, from } = values
  const words = ['restore', ...(kind === 'platform' ? [] : [kind]), ...(undoes || from !== undefined ? [] : [id])]
  const replaced = {
    kind: undefined,
    backup: undefined,
    at: undefined,
    temporary: undefined,
    'dry-run': undefined,
    confirm,
  }
  const stores = undoes ? { store: undefined } : storeFlags(values, storeAddresses(values, world), world)
  return nextCommand(inputs, values, {
    words,
    flags: { ...replaced, ...(from !== undefined && { from: id }), ...stores },
  })
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

const isOfRedis = ({ backup }: RestoreValues): boolean => /^\d{8}T\d{6}Z-redis-/.test(backup)

/** If only Redis is configured, the user needs a database URL or `--kind redis`. */
function rulesOfUrl(values: RestoreValues): string[] {
  if (values.kind === 'redis' || values.databaseUrl !== undefined || isOfRedis(values)) return []
  const other = values.kind === 'platform' && redisAddressOf(values) ? '; to restore Redis, use --kind redis' : ''
  return [noUrl + other]
}

function requireKind(values: RestoreValues): void {
  if (isOfRedis(values))
    throw new Failure('backup/wrong-kind', `${values.backup} is a backup of Redis`, { hint: 'Add --kind redis.' })
}
