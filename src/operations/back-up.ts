// Backs up a platform: dump, stores, confirmation, manifest last. The one operation behind `backup` and `dump`.
import { type BackupId, backupPrefix, makeBackupId, type Trigger } from '../domain/backup.ts'
import { backupNameOf } from '../domain/backup-name.ts'
import { asFailure, Failure } from '../domain/failure.ts'
import { type Manifest, manifestFormat, type Origin } from '../domain/manifest.ts'
import { manifestText, sealManifest } from '../domain/manifest-json.ts'
import { formatBytes } from '../domain/quantities.ts'
import { sumsText } from '../domain/sums.ts'
import { AllStoresFailed, type Destination } from '../streams/carry.ts'
import { type Comparison, compareWithLast, type LastBackup, sizeOf } from './compare-with-last.ts'
import { type ConfirmBytes, completeBackup, discardBackup, type StoredPayload } from './complete-backup.ts'
import { dumpToStores } from './dump-to-stores.ts'
import { Phases } from './phases.ts'
import type { DumpRequest, PhaseTime, Platform, PlatformDump, Probe } from './platform-ports.ts'
import type { Clock, Reporter, Store } from './ports.ts'

/** What the operation needs of the world. */
export interface BackUpWorld {
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly origin: Origin
  readonly temporary: string
  random(): string
}

export interface BackUpRequest {
  readonly platform: Platform
  readonly stores: readonly Store[]
  /** Default: the database's own name. */
  readonly name: string | undefined
  readonly trigger: Trigger
  readonly dump: Pick<DumpRequest, 'format' | 'selection' | 'jobs' | 'sourceCounts' | 'globals' | 'lockTimeout'>
  readonly compressionLevel: number
  readonly confirmBytes: ConfirmBytes
  /** Percent; 0 turns the comparison off. */
  readonly shrinkLimit: number
  readonly allowEmpty: boolean
  /** Days to keep this one, whatever the policy says. */
  readonly keepDays: number | undefined
  readonly recoveryPoint: string | undefined
  /** Seconds to wait for another run's dump of the same database; 0 refuses at once, absent goes ahead beside it. */
  readonly waitForOtherRun?: number
}

export interface BackedUp {
  readonly manifest: Manifest
  /** Stores that hold it, and how their bytes were confirmed. */
  readonly stores: readonly { readonly address: string; readonly confirmed: 'digest' | 'read-back' }[]
  readonly bytes: number
  readonly seconds: number
  /** `probe`, `dump`, `compare`, `confirm`. */
  readonly phases: readonly PhaseTime[]
  /** The good backup before it, where there is one to compare with. */
  readonly last: LastBackup | undefined
  /** Of the stores that did not take it, though others did: says how `upload` repairs it. */
  readonly failure: Failure | undefined
}

/** What is known before anything is dumped. */
interface Begun {
  readonly request: BackUpRequest
  readonly world: BackUpWorld
  readonly phases: Phases
  readonly destinations: readonly Destination[]
  readonly probe: Probe
  readonly name: string
}

/** What is known once the snapshot is held. */
interface Run extends Begun {
  readonly started: Date
  readonly id: BackupId
  readonly prefix: string
}

/** As `backUpWherePossible`, but throws also if one store of several failed: the others keep the whole backup. */
export async function backUp(request: BackUpRequest, world: BackUpWorld): Promise<BackedUp> {
  const backedUp = await backUpWherePossible(request, world)
  if (backedUp.failure) throw backedUp.failure
  return backedUp
}

/**
 * Makes one backup in all stores at once. Throws if the source or all stores fail (then nothing is left in any store). Where
 * only some stores fail, the others keep the whole backup: look at `failure`.
 */
export async function backUpWherePossible(request: BackUpRequest, world: BackUpWorld): Promise<BackedUp> {
  const begun = await begin(request, world)
  const { dump, started } = await takeSnapshot(request, world)
  const id = makeBackupId(started, 'platform', request.trigger, world.random())
  const run = { ...begun, started, id, prefix: backupPrefix(begun.name, id.text) }
  const { destinations, prefix } = run
  try {
    if (dump.tables === 0 && !request.allowEmpty) throw emptyDatabase(run.probe)
    return { ...(await carryOut(run, dump)), failure: failureOfSome(run) }
  } catch (error) {
    if (!destinations.some(({ completed }) => completed)) await discardBackup(prefix, request.stores)
    if (world.signal.aborted) throw asFailure(world.signal.reason)
    throw error instanceof AllStoresFailed ? (destinations.find(({ failure }) => failure)?.failure ?? error) : error
  } finally {
    await dump.close()
  }
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
    return { dump: await platform.openDump({ ...request.dump, ...turn, temporary, signal }), started }
  } catch (error) {
    throw signal.aborted ? asFailure(signal.reason) : error
  }
}

async function begin(request: BackUpRequest, world: BackUpWorld): Promise<Begun> {
  const phases = new Phases(world)
  const destinations: Destination[] = request.stores.map((store) => ({ store }))
  const probe = await phases.run('probe', `Looking at ${request.platform.display}`, async () => {
    const answer = await request.platform.probe()
    world.reporter.note(describe(answer))
    for (const warning of answer.warnings) world.reporter.warn(warning)
    await checkStores(destinations, world.reporter)
    return answer
  })
  const name = request.name ?? backupNameOf(probe.database.name)
  return { request, world, phases, destinations, probe, name }
}

async function carryOut(run: Run, dump: PlatformDump): Promise<Omit<BackedUp, 'failure'>> {
  const { request, world, phases, destinations, prefix } = run
  const { reporter, signal } = world
  const where = destinations.filter(({ failure }) => !failure).map(({ store }) => store.address)
  const { compressionLevel } = request
  const stored = await phases.run('dump', `Dumping to ${where.join(' and ')}`, () =>
    dumpToStores({ dump, prefix, destinations, compressionLevel, reporter, signal }),
  )
  const { manifest, last } = await phases.run('compare', 'Comparing the dump with the source', () =>
    describeBackup(run, dump, stored),
  )
  const stores = await phases.run('confirm', 'Confirming what is stored', () =>
    completeBackup({
      prefix,
      destinations,
      stored,
      sums: sumsText(manifest.payloads),
      manifest: manifestText(manifest),
      markers: markersOf(manifest, request.keepDays, run.started),
      confirmBytes: request.confirmBytes,
      world,
    }),
  )
  const bytes = stored.reduce((sum, { payload }) => sum + payload.bytes, 0)
  return { manifest, stores, bytes, last, seconds: phases.seconds, phases: phases.times }
}

async function describeBackup(
  run: Run,
  dump: PlatformDump,
  stored: readonly StoredPayload[],
): Promise<{ manifest: Manifest; last: LastBackup | undefined }> {
  const { request, world, destinations, probe, name } = run
  const { dump: facts, fingerprint, notes } = await dump.finish()
  await dump.close()
  const payloads = stored.map(({ payload }) => payload)
  const size = sizeOf({ fingerprint, payloads })
  const { selection } = request.dump
  const { suspect, last }: Comparison =
    dump.tables === 0
      ? { suspect: 'the database has no tables', last: undefined }
      : await compareWithLast({
          ...{ name, size, selection, destinations },
          limit: request.shrinkLimit,
          systemIdentifier: probe.server.systemIdentifier,
          reporter: world.reporter,
        })
  const manifest = sealManifest({
    format: manifestFormat,
    id: run.id.text,
    name,
    kind: 'platform',
    trigger: request.trigger,
    started: run.started.toISOString(),
    finished: world.clock.now().toISOString(),
    server: probe.server,
    database: probe.database,
    snapshot: dump.snapshot,
    dump: facts,
    fingerprint,
    payloads,
    tools: probe.tools,
    origin: world.origin,
    recoveryPoint: request.recoveryPoint ?? run.id.text,
    ...(suspect ? { suspect } : {}),
    notes: [...probe.warnings, ...notes],
  })
  return { manifest, last }
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

/** Empty objects whose names tell retention and `list` what they must know. */
function markersOf(manifest: Manifest, keepDays: number | undefined, from: Date): string[] {
  const suspect = manifest.suspect === undefined ? [] : ['suspect']
  if (keepDays === undefined) return suspect
  return [...suspect, `keep-until-${new Date(from.getTime() + keepDays * 86_400_000).toISOString().slice(0, 10)}`]
}

function failureOfSome({ destinations, name, id }: Run): Failure | undefined {
  const failed = destinations.filter(({ failure }) => failure)
  const [first] = failed
  if (!first?.failure) return undefined
  const good = destinations.find(({ failure }) => !failure)?.store.address
  const addresses = failed.map(({ store }) => store.address)
  return new Failure(
    first.failure.kind,
    `${id.text} is whole in ${good}, but ${addresses.join(' and ')} failed: ${first.failure.message}`,
    {
      hint: `Mend it, then: resguardo upload --backup ${id.text} --name ${name} --from ${good} ${addresses.map((address) => `--to ${address}`).join(' ')}`,
      cause: first.failure,
    },
  )
}
