// One backup of a run: its source to all stores, compared, confirmed, its manifest last.

import { type BackupId, backupPrefix, type Kind } from '../domain/backup.ts'
import { sizeOf } from '../domain/backup-size.ts'
import { commandLine } from '../domain/command-line.ts'
import { asFailure, type Failure } from '../domain/failure.ts'
import { type Manifest, manifestFormat, type Origin } from '../domain/manifest.ts'
import { manifestText, sealManifest } from '../domain/manifest-json.ts'
import { keepUntilMark, manifestMarks } from '../domain/marks.ts'
import { sumsText } from '../domain/sums.ts'
import { AllStoresFailed, type Destination } from '../streams/write-to-stores.ts'
import type { BackupSource } from './backup-source.ts'
import { type Comparison, compareWithLast, type LastBackup } from './compare-with-last.ts'
import { type ConfirmBytes, completeBackup, discardBackup, type StoredPayload } from './complete-backup.ts'
import type { PhaseTime } from './drill-ports.ts'
import { dumpToStores } from './dump-to-stores.ts'
import type { Phases } from './phases.ts'
import type { Clock, Reporter } from './ports.ts'
import { requireTrustedSigner } from './signatures/require-signer.ts'

/** What a backup needs of the world. */
export interface BackupRunWorld {
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly origin: Origin
}

/** What is asked of each backup of a run. */
export interface BackupRunRequest {
  readonly trigger: BackupId['trigger']
  readonly compressionLevel: number
  readonly confirmBytes: ConfirmBytes
  /** Percent; 0 turns the comparison off. */
  readonly shrinkLimit: number
  /** Days to keep this one, whatever the policy says. */
  readonly keepDays: number | undefined
}

/** What is known once the snapshot is held. */
export interface BackupRun {
  readonly request: BackupRunRequest
  readonly world: BackupRunWorld
  readonly phases: Phases
  readonly destinations: readonly Destination[]
  readonly name: string
  /** Warnings about the source from before it was dumped. */
  readonly warnings: readonly string[]
  readonly started: Date
  readonly id: BackupId
  /** Id shared by the backups of one run. */
  readonly recoveryPoint: string
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

/**
 * Makes the backup and closes the source. Throws if the source or all stores fail: then nothing is left in any store.
 * Where only some stores fail, the others keep the whole backup: look at `failure`.
 */
export async function runBackup(run: BackupRun, source: BackupSource): Promise<BackedUp> {
  const { destinations, world } = run
  try {
    return { ...(await carryOut(run, source)), failure: failureOfSome(run) }
  } catch (error) {
    const stores = destinations.some(({ completed }) => completed) ? [] : destinations.map(({ store }) => store)
    // Release the snapshot before cleaning up a store that does not respond.
    await Promise.all([source.close(), discardBackup(prefixOf(run), stores)])
    if (world.signal.aborted) throw asFailure(world.signal.reason)
    // Once no store is left the source is ended midway, and may say so first.
    const noStore = error instanceof AllStoresFailed || destinations.every(({ failure }) => failure)
    throw (noStore && destinations.find(({ failure }) => failure)?.failure) || error
  } finally {
    await source.close()
  }
}

const dumping: Readonly<Record<Kind, string>> = {
  platform: 'Dumping',
  tenant: 'Dumping tenants',
  redis: 'Reading Redis',
}

/** What is read of Redis is checked as it passes by: what is left is the last backup. */
function comparing(kind: Kind): string {
  return kind === 'redis' ? 'Comparing with the last backup' : 'Comparing the dump with the source'
}

function prefixOf({ name, id }: BackupRun): string {
  return backupPrefix(name, id.text)
}

async function carryOut(run: BackupRun, source: BackupSource): Promise<Omit<BackedUp, 'failure'>> {
  const { request, world, phases, destinations, id } = run
  requireTrustedSigner(
    destinations.map(({ store }) => store),
    run.name,
  )
  const prefix = prefixOf(run)
  const { reporter, signal } = world
  const where = destinations.filter(({ failure }) => !failure).map(({ store }) => store.address)
  const { compressionLevel } = request
  const stored = await phases.run('dump', `${dumping[source.kind]} to ${where.join(' and ')}`, () =>
    dumpToStores({ source, id: id.text, prefix, destinations, compressionLevel, reporter, signal }),
  )
  const { manifest, last } = await phases.run('compare', comparing(source.kind), () =>
    describeBackup(run, source, stored),
  )
  const stores = await phases.run('confirm', 'Verifying the stored bytes', () =>
    completeBackup({
      prefix,
      destinations,
      stored,
      sums: sumsText(manifest.payloads),
      manifest: manifestText(manifest),
      markers: markersOf(manifest, request.keepDays, run.started),
      signedAt: manifest.finished,
      confirmBytes: request.confirmBytes,
      world,
    }),
  )
  const bytes = stored.reduce((sum, { payload }) => sum + payload.bytes, 0)
  return { manifest, stores, bytes, last, seconds: phases.seconds, phases: phases.times }
}

async function describeBackup(
  run: BackupRun,
  source: BackupSource,
  stored: readonly StoredPayload[],
): Promise<{ manifest: Manifest; last: LastBackup | undefined }> {
  const { request, world, destinations, name } = run
  const { content, tools, empty, notes } = await source.finish()
  await source.close()
  const payloads = stored.map(({ payload }) => payload)
  const { suspect, last }: Comparison =
    empty !== undefined
      ? { suspect: empty, last: undefined }
      : await compareWithLast({
          ...{ name, content, size: sizeOf(content, payloads), destinations },
          limit: request.shrinkLimit,
          reporter: world.reporter,
        })
  const manifest = sealManifest({
    ...content,
    format: manifestFormat,
    id: run.id.text,
    name,
    trigger: request.trigger,
    started: run.started.toISOString(),
    finished: world.clock.now().toISOString(),
    snapshot: source.snapshot,
    payloads,
    tools,
    origin: world.origin,
    recoveryPoint: run.recoveryPoint,
    ...(suspect ? { suspect } : {}),
    notes: [...run.warnings, ...notes],
  })
  return { manifest, last }
}

/** Empty objects whose names tell retention and `list` what they must know. */
function markersOf(manifest: Manifest, keepDays: number | undefined, from: Date): string[] {
  const marks = manifestMarks(manifest)
  return keepDays === undefined ? marks : [...marks, keepUntilMark(new Date(from.getTime() + keepDays * 86_400_000))]
}

function failureOfSome({ destinations, name, id }: BackupRun): Failure | undefined {
  const failed = destinations.filter(({ failure }) => failure)
  const [first] = failed
  if (!first?.failure) return undefined
  const good = destinations.find(({ failure }) => !failure)?.store.address
  const addresses = failed.map(({ store }) => store.address)
  return first.failure.restate(
    `${id.text} is complete in ${good}, but ${addresses.join(' and ')} failed: ${first.failure.message}`,
    `Correct the error, then run: \`${commandLine(['upload', id.text], { name, from: good, to: addresses })}\``,
  )
}
