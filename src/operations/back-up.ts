// Backs up a database: one snapshot behind one set of locks, and every kind asked for out of it. The operation behind `backup` and `dump`.
import { type BackupId, type Kind, makeBackupId } from '../domain/backup.ts'
import { backupNameOf } from '../domain/backup-name.ts'
import { asFailure, Failure } from '../domain/failure.ts'
import { formatBytes } from '../domain/quantities.ts'
import type { Destination } from '../streams/carry.ts'
import { type BackedUp, type BackupRun, type BackupRunRequest, type BackupRunWorld, runBackup } from './backup-run.ts'
import { platformSource, schemaOnly, tenantSource } from './backup-source.ts'
import { Phases } from './phases.ts'
import type { DumpRequest, Platform, PlatformDump, Probe } from './platform-ports.ts'
import type { Reporter, Store } from './ports.ts'
import type { TenantDump } from './tenant-ports.ts'

export type { BackedUp } from './backup-run.ts'

/** What the operation needs of the world. */
export interface BackUpWorld extends BackupRunWorld {
  readonly temporary: string
  random(): string
}

/** Reads tenants in the snapshot of that name. */
export type OpenTenants = (instant: { readonly snapshot: string; readonly taken: string }) => Promise<TenantDump>

export interface BackUpRequest extends BackupRunRequest {
  readonly platform: Platform
  readonly stores: readonly Store[]
  /** Default: the database's own name. */
  readonly name: string | undefined
  readonly dump: Pick<DumpRequest, 'format' | 'selection' | 'jobs' | 'sourceCounts' | 'globals' | 'lockTimeout'>
  /** A backup of tenants: beside that of the platform, or instead of it. */
  readonly tenants?: { readonly open: OpenTenants; readonly only: boolean }
  readonly allowEmpty: boolean
  readonly recoveryPoint: string | undefined
  /** Seconds to wait for another run's dump of the same database; 0 refuses at once, absent goes ahead beside it. */
  readonly waitForOtherRun?: number
}

/** What is known before anything is dumped. */
interface Begun {
  readonly phases: Phases
  readonly probe: Probe
  readonly name: string
  /** Stores that cannot be used are marked. */
  destinations(): Destination[]
}

/** As `backUpWherePossible`, but throws also if one store of several failed: the others keep the whole backup. */
export async function backUp(request: BackUpRequest, world: BackUpWorld): Promise<BackedUp> {
  const backedUp = await backUpWherePossible(request, world)
  if (backedUp.failure) throw backedUp.failure
  return backedUp
}

/** As `backUpAll`: the first, and what was made beside it. */
export async function backUpWherePossible(
  request: BackUpRequest,
  world: BackUpWorld,
): Promise<BackedUp & { readonly beside: readonly BackedUp[] }> {
  const [backedUp, ...beside] = await backUpAll(request, world)
  return { ...backedUp, failure: backedUp.failure ?? beside.find(({ failure }) => failure)?.failure, beside }
}

/**
 * Makes the backups of one run, each in all stores at once, all of one instant; that of the platform comes first in the result.
 * Throws if the source or all stores fail: then nothing of the backup that failed is left in any store, and what was whole before stays.
 * Where only some stores fail, the others keep the whole backup: look at `failure`.
 */
export async function backUpAll(request: BackUpRequest, world: BackUpWorld): Promise<[BackedUp, ...BackedUp[]]> {
  const begun = await begin(request, world)
  const { dump, started } = await takeSnapshot(request, world)
  try {
    if (dump.tables === 0 && !request.allowEmpty) throw emptyDatabase(begun.probe)
    const { tenants } = request
    const idOf = (kind: Kind): BackupId => makeBackupId(started, kind, request.trigger, world.random())
    if (!tenants) {
      const run = runOf(request, world, begun, started, idOf('platform'))
      return [await runBackup(run, platformSource(dump, request.dump.selection))]
    }
    if (tenants.only) return [await backUpTenants(runOf(request, world, begun, started, idOf('tenant')), dump, tenants.open)]
    const platformRun = runOf(request, world, begun, started, idOf('platform'))
    const tenantRun = { ...runOf(request, world, begun, started, idOf('tenant')), recoveryPoint: platformRun.recoveryPoint }
    // The platform comes last because the snapshot goes with its dump, and comes all the same if tenants fail.
    const ofTenants = await backUpTenants(tenantRun, dump.beside(schemaOnly), tenants.open).catch(asFailure)
    world.signal.throwIfAborted()
    const ofPlatform = await runBackup(platformRun, platformSource(dump, request.dump.selection))
    if (!(ofTenants instanceof Failure)) return [ofPlatform, ofTenants]
    return [{ ...ofPlatform, failure: ofPlatform.failure ?? tenantsFailed(ofPlatform, ofTenants) }]
  } finally {
    await dump.close()
  }
}

function runOf(request: BackUpRequest, world: BackUpWorld, begun: Begun, started: Date, id: BackupId): BackupRun {
  const { phases, probe, name } = begun
  const recoveryPoint = request.recoveryPoint ?? id.text
  return { request, world, phases, probe, name, started, id, recoveryPoint, destinations: begun.destinations() }
}

async function backUpTenants(run: BackupRun, schema: PlatformDump, open: OpenTenants): Promise<BackedUp> {
  try {
    const tenants = await open({ snapshot: schema.snapshotName, taken: schema.snapshot.taken })
    return await runBackup(run, tenantSource(schema, tenants, { ...schemaOnly.selection, parts: 'all' }))
  } finally {
    await schema.close()
  }
}

function tenantsFailed({ manifest }: BackedUp, cause: Failure): Failure {
  return new Failure(cause.kind, `the platform is backed up as ${manifest.id}, but its tenants are not: ${cause.message}`, {
    hint: cause.hint ?? 'Mend it, then: resguardo backup --kind tenant',
    cause,
  })
}

/** The dump, and when it was this run's turn: a backup is named for that moment, however long the run had waited. */
async function takeSnapshot(request: BackUpRequest, world: BackUpWorld): Promise<{ dump: PlatformDump; started: Date }> {
  const { clock, reporter, signal, temporary } = world
  const { waitForOtherRun: seconds, platform } = request
  let started = clock.now()
  const onTurn = (): void => {
    started = clock.now()
  }
  const turn = seconds === undefined ? {} : { turn: { seconds, clock, note: (text: string) => reporter.note(text), onTurn } }
  try {
    const wish = request.tenants?.only ? schemaOnly : {}
    return { dump: await platform.openDump({ ...request.dump, ...wish, ...turn, temporary, signal }), started }
  } catch (error) {
    throw signal.aborted ? asFailure(signal.reason) : error
  }
}

async function begin(request: BackUpRequest, world: BackUpWorld): Promise<Begun> {
  const phases = new Phases(world)
  const checked: Destination[] = request.stores.map((store) => ({ store }))
  const probe = await phases.run('probe', `Looking at ${request.platform.display}`, async () => {
    const answer = await request.platform.probe()
    world.reporter.note(describe(answer))
    for (const warning of answer.warnings) world.reporter.warn(warning)
    await checkStores(checked, world.reporter)
    return answer
  })
  const name = request.name ?? backupNameOf(probe.database.name)
  return { phases, probe, name, destinations: () => checked.map((destination) => ({ ...destination })) }
}

function describe({ server, database, tools }: Probe): string {
  return `PostgreSQL ${server.version}, database ${database.name} (${formatBytes(database.bytes)}), pg_dump ${tools.pg_dump ?? '?'}`
}

async function checkStores(destinations: readonly Destination[], reporter: Reporter): Promise<void> {
  const check = async (destination: Destination): Promise<void> => {
    try {
      await destination.store.check(true)
    } catch (error) {
      destination.failure = asFailure(error)
    }
  }
  await Promise.all(destinations.map(check))
  const failed = destinations.filter(({ failure }) => failure)
  if (failed.length === destinations.length && failed[0]?.failure) throw failed[0].failure
  for (const { store, failure } of failed)
    reporter.warn(`${store.address} cannot be used (${failure?.message}); going on with the others.`)
}

function emptyDatabase({ database }: Probe): Failure {
  return new Failure('refused', `database ${database.name} has no tables at all`, {
    hint: 'Check the database in DATABASE_URL; --allow-empty backs it up all the same.',
  })
}
