// Backs up a platform: dump, stores, confirmation, manifest last. The one operation behind `backup` and `dump`.
import { backupPrefix, makeBackupId, type Trigger } from '../domain/backup.ts'
import { backupNameOf } from '../domain/backup-name.ts'
import { asFailure, Failure } from '../domain/failure.ts'
import type { Manifest, Origin, Payload } from '../domain/manifest.ts'
import { manifestFormat } from '../domain/manifest.ts'
import { manifestText, sealManifest } from '../domain/manifest-json.ts'
import { formatBytes } from '../domain/quantities.ts'
import { type Size, shrinkVerdict } from '../domain/shrink.ts'
import { sumsText } from '../domain/sums.ts'
import { AllStoresFailed, carry, type Destination } from '../streams/carry.ts'
import { type ConfirmBytes, completeBackup, discardBackup, type StoredPayload } from './complete-backup.ts'
import type { DumpRequest, Platform, PlatformDump, Probe } from './platform-ports.ts'
import type { Clock, Reporter, Store } from './ports.ts'
import { readCatalogue } from './read-catalogue.ts'
import { readManifest } from './read-manifest.ts'

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
}

export interface BackedUp {
  readonly manifest: Manifest
  /** Stores that hold it, and how their bytes were confirmed. */
  readonly stores: readonly { readonly address: string; readonly confirmed: 'digest' | 'read-back' }[]
  readonly bytes: number
  readonly seconds: number
  readonly warnings: readonly string[]
}

/**
 * Makes one backup in all stores at once. Throws if the source or all stores fail (then nothing is left in any store), and also
 * if one store of several failed: the others keep the whole backup, and the failure says how `upload` repairs it.
 */
export async function backUp(request: BackUpRequest, world: BackUpWorld): Promise<BackedUp> {
  const { reporter, clock } = world
  const began = clock.seconds()
  const started = clock.now()
  const destinations: Destination[] = request.stores.map((store) => ({ store }))
  const probe = await reporter.phase(`Looking at ${request.platform.display}`, async () => {
    const answer = await request.platform.probe()
    reporter.note(describe(answer))
    for (const warning of answer.warnings) reporter.warn(warning)
    await checkStores(destinations, reporter)
    return answer
  })
  const name = request.name ?? backupNameOf(probe.database.name)
  const id = makeBackupId(started, 'platform', request.trigger, world.random())
  const prefix = backupPrefix(name, id.text)
  let dump: PlatformDump | undefined
  try {
    dump = await request.platform.openDump({ ...request.dump, temporary: world.temporary, signal: world.signal })
    if (dump.tables === 0) refuseEmpty(request, probe)
    const stored = await dumpToStores(dump, prefix, destinations, request, world)
    const {
      dump: facts,
      fingerprint,
      notes,
    } = await reporter.phase('Comparing the dump with the source', () => (dump as PlatformDump).finish())
    await dump.close()
    const size = { rows: fingerprint.tables.reduce((sum, { rows }) => sum + rows, 0), bytes: contentBytes(stored) }
    const suspect =
      dump.tables === 0 ? 'the database has no tables' : await compareWithLast(name, size, destinations, request, reporter)
    const manifest = sealManifest({
      format: manifestFormat,
      id: id.text,
      name,
      kind: 'platform',
      trigger: request.trigger,
      started: started.toISOString(),
      finished: clock.now().toISOString(),
      server: probe.server,
      database: probe.database,
      snapshot: dump.snapshot,
      dump: facts,
      fingerprint,
      payloads: stored.map(({ payload }) => payload),
      tools: probe.tools,
      origin: world.origin,
      recoveryPoint: request.recoveryPoint ?? id.text,
      ...(suspect ? { suspect } : {}),
      notes: [...probe.warnings, ...notes],
    })
    const done = await completeBackup({
      prefix,
      destinations,
      stored,
      sums: sumsText(manifest.payloads),
      manifest: manifestText(manifest),
      markers: [...(suspect ? ['suspect'] : []), ...keepMarker(request.keepDays, started)],
      confirmBytes: request.confirmBytes,
      world,
    })
    requireAllStores(destinations, name, id.text)
    return {
      manifest,
      stores: done,
      bytes: stored.reduce((sum, { payload }) => sum + payload.bytes, 0),
      seconds: clock.seconds() - began,
      warnings: suspect ? [`This backup is suspect: ${suspect}.`] : [],
    }
  } catch (error) {
    const failure =
      error instanceof AllStoresFailed ? (destinations.find(({ failure }) => failure)?.failure ?? asFailure(error)) : error
    if (!destinations.some((destination) => destination.completed)) await discardBackup(prefix, request.stores)
    throw world.signal.aborted ? asFailure(world.signal.reason) : failure
  } finally {
    await dump?.close()
  }
}

function describe({ server, database, tools }: Probe): string {
  return `PostgreSQL ${server.version}, database ${database.name} (${formatBytes(database.bytes)}), pg_dump ${tools.pg_dump ?? '?'}`
}

async function checkStores(destinations: readonly Destination[], reporter: Reporter): Promise<void> {
  await Promise.all(
    destinations.map(async (destination) => {
      try {
        await destination.store.check(true)
      } catch (error) {
        destination.failure = asFailure(error)
      }
    }),
  )
  const failed = destinations.filter(({ failure }) => failure)
  if (failed.length === destinations.length && failed[0]?.failure) throw failed[0].failure
  for (const { store, failure } of failed)
    reporter.warn(`${store.address} cannot be used (${failure?.message}); going on with the others.`)
}

function refuseEmpty(request: BackUpRequest, probe: Probe): void {
  if (request.allowEmpty) return
  throw new Failure('refused', `database ${probe.database.name} has no tables at all`, {
    hint: 'Check the database in DATABASE_URL; --allow-empty backs it up all the same.',
  })
}

async function dumpToStores(
  dump: PlatformDump,
  prefix: string,
  destinations: readonly Destination[],
  request: BackUpRequest,
  world: BackUpWorld,
): Promise<StoredPayload[]> {
  const where = destinations.filter(({ failure }) => !failure).map(({ store }) => store.address)
  return world.reporter.phase(`Dumping to ${where.join(' and ')}`, async () => {
    const stored: StoredPayload[] = []
    let before = 0
    for await (const { file, role, stream, estimate } of dump.payloads()) {
      const payloadFile = `${file}.zst`
      const carried = await carry({
        source: stream,
        key: prefix + payloadFile,
        estimate,
        destinations,
        compression: { method: 'zstd', level: request.compressionLevel },
        signal: world.signal,
        onProgress: (bytes) => world.reporter.progress({ what: 'dumped', bytes: before + bytes }),
      })
      before += carried.contentBytes
      const { bytes, sha256 } = carried
      const payload: Payload = {
        file: payloadFile,
        role,
        bytes,
        sha256,
        compression: 'zstd',
        encryption: 'none',
        contentBytes: carried.contentBytes,
      }
      stored.push({ payload, written: carried.written })
    }
    return stored
  })
}

function contentBytes(stored: readonly StoredPayload[]): number {
  return stored.filter(({ payload }) => payload.role !== 'globals').reduce((sum, { payload }) => sum + payload.contentBytes, 0)
}

/** Looks for the last good backup of the same name in the first store that answers. */
async function compareWithLast(
  name: string,
  size: Size,
  destinations: readonly Destination[],
  request: BackUpRequest,
  reporter: Reporter,
): Promise<string | undefined> {
  if (request.shrinkLimit === 0 || !isWhole(request.dump.selection)) return undefined
  for (const { store, failure } of destinations) {
    if (failure) continue
    const { entries } = await readCatalogue(store, name)
    const last = entries.find((entry) => entry.id.kind === 'platform' && !entry.suspect)
    if (!last) continue
    const { fingerprint, payloads, dump } = await readManifest(store, last)
    if (!isWhole(dump.selection)) return undefined
    const before = {
      rows: fingerprint.tables.reduce((sum, { rows }) => sum + rows, 0),
      bytes: contentBytes(payloads.map((payload) => ({ payload, written: new Map() }))),
    }
    const verdict = shrinkVerdict(size, before, request.shrinkLimit)
    if (verdict) reporter.warn(`Suspect: ${verdict}, against ${last.id.text}. Retention does not count this backup as good.`)
    return verdict
  }
  return undefined
}

function isWhole(selection: DumpRequest['selection']): boolean {
  const { parts, ...patterns } = selection
  return parts === 'all' && Object.values(patterns).every((list) => list.length === 0)
}

function keepMarker(days: number | undefined, from: Date): string[] {
  if (days === undefined) return []
  return [`keep-until-${new Date(from.getTime() + days * 86_400_000).toISOString().slice(0, 10)}`]
}

function requireAllStores(destinations: readonly Destination[], name: string, id: string): void {
  const failed = destinations.filter(({ failure }) => failure)
  const [first] = failed
  if (!first?.failure) return
  const good = destinations.find(({ failure }) => !failure)?.store.address
  const addresses = failed.map(({ store }) => store.address)
  throw new Failure(
    first.failure.kind,
    `${id} is whole in ${good}, but ${addresses.join(' and ')} failed: ${first.failure.message}`,
    {
      hint: `Mend it, then: resguardo upload --backup ${id} --name ${name} --from ${good} ${addresses.map((address) => `--to ${address}`).join(' ')}`,
      cause: first.failure,
    },
  )
}
