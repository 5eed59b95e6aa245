// Backs up a database: every requested kind, from one snapshot and under one set of locks. The operation behind
// `backup` and `dump`.
import { type BackupId, makeBackupId } from '../../domain/backups/backup.ts'
import { backupNameOf } from '../../domain/backups/backup-name.ts'
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import { joinFailures } from '../../domain/failures/join-failures.ts'
import type { PostgresManifest } from '../../domain/manifest/manifest.ts'
import { formatBytes } from '../../domain/text/quantities.ts'
import type { Store } from '../../ports/common.ts'
import type { DumpRequest, Platform, PlatformDump, Probe } from '../../ports/platform.ts'
import type { RedisDump } from '../../ports/redis.ts'
import type { TenantDump } from '../../ports/tenant.ts'
import type { Destination } from '../../streams/write-to-stores.ts'
import { Phases } from '../phases.ts'
import { checkStores } from '../stores/check-stores.ts'
import type { BackUpWorld } from './back-up-source.ts'
import { type BackedUp, type BackupRun, type BackupRunRequest, type BackupSet, runBackup } from './backup-run.ts'
import { platformSource, redisSource, schemaOnly, tenantSource } from './backup-source.ts'

export type { BackedUp, BackupSet } from './backup-run.ts'

/** Opens a dump of Redis; its snapshot is taken at this time. */
type OpenRedisDump = (world: BackUpWorld) => Promise<RedisDump>

/** Opens a dump of the tenants in the PostgreSQL snapshot with this name. */
export type OpenTenants = (instant: { readonly snapshot: string; readonly taken: string }) => Promise<TenantDump>

export interface BackUpRequest extends BackupRunRequest {
  readonly platform: Platform
  readonly stores: readonly Store[]
  /** Default: the database's own name. */
  readonly name: string | undefined
  readonly dump: Pick<
    DumpRequest,
    'format' | 'selection' | 'jobs' | 'sourceCounts' | 'globals' | 'lockTimeout' | 'codeAsSuperuser'
  >
  /** A backup of tenants: in addition to that of the platform, or instead of it. */
  readonly tenants?: {
    readonly open: OpenTenants
    readonly only: boolean
    /** Tenants were not requested explicitly: a database without a tenant table is not an error. */
    readonly ifAny?: boolean
  }
  /** A backup of Redis in addition. */
  readonly redis?: OpenRedisDump
  readonly allowEmpty: boolean
  readonly recoveryPoint: string | undefined
  /** Seconds to wait for another run's dump of the same database. 0: fail at once. Absent: run concurrently. */
  readonly waitForOtherRun?: number
  /** Back up even if another session holds the lock for backups. */
  readonly ignoreOtherRun?: boolean
}

/** What is known before the dump starts. */
interface PreparedBackup {
  readonly phases: Phases
  readonly probe: Probe
  readonly name: string
  /** Returns new objects; stores that cannot be used are marked. */
  destinations(): Destination[]
}

/** Like `backUpWherePossible`, but also throws if one of several stores failed; the others have the complete backup. */
export async function backUp(request: BackUpRequest, world: BackUpWorld): Promise<BackedUp<PostgresManifest>> {
  const backedUp = await backUpWherePossible(request, world)
  if (backedUp.failure) throw backedUp.failure
  return backedUp
}

/** Like `backUpAll`: returns the first backup, with the others as `companions`. */
export async function backUpWherePossible(
  request: BackUpRequest,
  world: BackUpWorld,
): Promise<BackupSet<PostgresManifest>> {
  const [backedUp, ...companions] = await backUpAll(request, world)
  return {
    ...backedUp,
    failure: joinFailures([backedUp, ...companions].flatMap(({ failure }) => failure ?? [])),
    companions,
  }
}

/**
 * Makes the backups of one run, each in all stores at once, as close in time as possible. The backup of the platform is
 * the first in the result. Throws if the source or all stores fail: no store then contains any part of the failed
 * backup, and backups completed before remain. If only some stores fail, the others have the complete backup, and
 * `failure` is set.
 */
export async function backUpAll(
  request: BackUpRequest,
  world: BackUpWorld,
): Promise<[BackedUp<PostgresManifest>, ...BackedUp[]]> {
  const prepared = await begin(request, world)
  const { dump, started, redis } = await takeSnapshots(request, world)
  try {
    if (dump.tables === 0 && !request.allowEmpty) throw emptyDatabase(prepared.probe)
    return await takeAll({ request, world, prepared, dump, started, redis })
  } finally {
    await dump.close()
    if (redis && !(redis instanceof Failure)) await redis.close()
  }
}

interface SnapshotContext {
  readonly request: BackUpRequest
  readonly world: BackUpWorld
  readonly prepared: PreparedBackup
  readonly dump: PlatformDump
  readonly started: Date
  readonly redis: RedisDump | Failure | undefined
}

async function takeAll({
  request,
  world,
  prepared,
  dump,
  started,
  redis,
}: SnapshotContext): Promise<[BackedUp<PostgresManifest>, ...BackedUp[]]> {
  const { tenants } = request
  const taken = world.clock.now()
  const idOf = (kind: string): BackupId => makeBackupId(started, kind, request.trigger, world.random())
  const main = idOf(tenants?.only ? 'tenant' : 'platform')
  const recoveryPoint = request.recoveryPoint ?? main.text
  const runOf = (id: BackupId): BackupRun => {
    const { phases, probe, name, destinations } = prepared
    return {
      request,
      world,
      phases,
      name,
      warnings: probe.warnings,
      started,
      id,
      recoveryPoint,
      destinations: destinations(),
    }
  }
  if (tenants?.only) return [await backUpTenants(runOf(main), dump, prepared.probe, tenants.open)]
  // The platform is last: the snapshot ends with its dump, and its backup is made even if the others fail.
  const ofRedis = redis && (await backUpRedis({ ...runOf(idOf('redis')), warnings: [] }, redis, taken).catch(asFailure))
  world.signal.throwIfAborted()
  const ofTenants =
    tenants &&
    (await backUpTenants(runOf(idOf('tenant')), dump.dumpAgain(schemaOnly), prepared.probe, tenants.open).catch(
      asFailure,
    ))
  world.signal.throwIfAborted()
  const withoutTenants =
    tenants?.ifAny === true && ofTenants instanceof Failure && ofTenants.code === 'tenant/no-tenant-table'
  if (withoutTenants) world.reporter.warn(`Tenants are not backed up: ${ofTenants.message}. ${ofTenants.hint}`)
  const ofPlatform = await runBackup(runOf(main), platformSource(dump, prepared.probe))
  const failed = [
    companionFailure(ofPlatform, withoutTenants ? undefined : ofTenants, 'tenant'),
    companionFailure(ofPlatform, ofRedis, 'redis'),
  ]
  const failure = joinFailures([ofPlatform.failure, ...failed].flatMap((each) => each ?? []))
  return [
    { ...ofPlatform, failure },
    ...[ofTenants, ofRedis].flatMap((each) => (!each || each instanceof Failure ? [] : [each])),
  ]
}

async function backUpTenants(
  run: BackupRun,
  schema: PlatformDump,
  probe: Probe,
  open: OpenTenants,
): Promise<BackedUp<PostgresManifest>> {
  try {
    const tenants = await open({ snapshot: schema.snapshotName, taken: schema.snapshot.taken })
    return await runBackup(run, tenantSource(schema, tenants, probe))
  } finally {
    await schema.close()
  }
}

/** `taken`: when PostgreSQL's snapshot had been taken, by the same clock as the time of Redis' snapshot. */
async function backUpRedis(run: BackupRun, redis: RedisDump | Failure, taken: Date): Promise<BackedUp> {
  if (redis instanceof Failure) throw redis
  const skew = (taken.getTime() - Date.parse(redis.snapshot.taken)) / 1000
  return runBackup(run, redisSource(redis, skew))
}

const companionSubjects = { tenant: 'its tenants were', redis: 'Redis was' }

function companionFailure(
  { manifest }: BackedUp,
  failed: BackedUp | Failure | undefined,
  kind: keyof typeof companionSubjects,
): Failure | undefined {
  if (!(failed instanceof Failure)) return undefined
  return failed.restate(
    `the platform was backed up as ${manifest.id}, but ${companionSubjects[kind]} not: ${failed.message}`,
    failed.hint ?? `Correct the error, then run: \`resguardo backup ${kind}\``,
  )
}

/**
 * Returns the dump, and when this run acquired the lock: that time names the backup, however long the run waited. Redis
 * is first: queues may run a job twice, but a job whose rows are missing is lost.
 */
async function takeSnapshots(
  request: BackUpRequest,
  world: BackUpWorld,
): Promise<{ dump: PlatformDump; started: Date; redis: RedisDump | Failure | undefined }> {
  const { clock, reporter, signal, temporary } = world
  const { waitForOtherRun: seconds, ignoreOtherRun: ignoreOthers = false, platform } = request
  let started = clock.now()
  let redis: RedisDump | Failure | undefined
  const onLockAcquired = async (): Promise<void> => {
    started = clock.now()
    redis = await request.redis?.(world).catch(asFailure)
  }
  if (seconds === undefined) await onLockAcquired()
  const note = (text: string) => reporter.note(text)
  const warn = (text: string) => reporter.warn(text)
  const lock = seconds !== undefined && { backupLock: { seconds, clock, ignoreOthers, note, warn, onLockAcquired } }
  try {
    const dumpOptions = request.tenants?.only ? schemaOnly : {}
    const dump = await platform.openDump({ ...request.dump, ...dumpOptions, ...lock, temporary, signal })
    return { dump, started, redis }
  } catch (error) {
    if (redis && !(redis instanceof Failure)) await redis.close()
    throw signal.aborted ? asFailure(signal.reason) : error
  }
}

async function begin(request: BackUpRequest, world: BackUpWorld): Promise<PreparedBackup> {
  const phases = new Phases(world)
  const { probe, checked } = await phases.run('probe', `Examining ${request.platform.display}`, async () => {
    const answer = await request.platform.probe()
    world.reporter.note(describe(answer))
    for (const warning of answer.warnings) world.reporter.warn(warning)
    return { probe: answer, checked: await checkStores(request.stores, world.reporter) }
  })
  const name = request.name ?? backupNameOf(probe.database.name)
  return { phases, probe, name, destinations: () => checked.map((destination) => ({ ...destination })) }
}

function describe({ server, database, tools }: Probe): string {
  return `PostgreSQL ${server.version}, database ${database.name} (${formatBytes(database.bytes)} on the server), pg_dump ${tools.pg_dump ?? '?'}`
}

function emptyDatabase({ database }: Probe): Failure {
  return new Failure('postgres/no-tables', `database ${database.name} has no tables`, {
    hint: 'Check the database in DATABASE_URL, or use --allow-empty to back it up.',
  })
}
