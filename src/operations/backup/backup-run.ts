// One backup of a run: writes its source to all stores, compares it, confirms the bytes, and writes its manifest last.

import { type BackupId, backupPrefix } from '../../domain/backups/backup.ts'
import { keepUntilMark, manifestMarks } from '../../domain/backups/marks.ts'
import type { Size } from '../../domain/backups/shrink.ts'
import { sumsText } from '../../domain/backups/sums.ts'
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import { type Manifest, manifestFormat, type Origin } from '../../domain/manifest/manifest.ts'
import { manifestText, sealManifest, type Unsealed } from '../../domain/manifest/manifest-json.ts'
import { commandLine } from '../../domain/text/command-line.ts'
import type { Clock, Reporter } from '../../ports/common.ts'
import type { PhaseTime } from '../../ports/drill.ts'
import type { StoredKind } from '../../ports/kind.ts'
import { AllStoresFailed, type Destination } from '../../streams/write-to-stores.ts'
import { kindOf } from '../kind-of.ts'
import type { Phases } from '../phases.ts'
import { requireTrustedSigner } from '../signatures/require-signer.ts'
import type { BackupSource } from './backup-source.ts'
import { type Comparison, compareWithLast, findLast, type LastBackup } from './compare-with-last.ts'
import { type ConfirmBytes, completeBackup, discardBackup, type StoredPayload } from './complete-backup.ts'
import { dumpToStores } from './dump-to-stores.ts'

/** Dependencies of a backup. */
export interface BackupRunWorld {
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly origin: Origin
  /** All kinds of backup. */
  readonly kinds: readonly StoredKind[]
}

/** Options of each backup of a run. */
export interface BackupRunRequest {
  readonly trigger: BackupId['trigger']
  readonly compressionLevel: number
  readonly confirmBytes: ConfirmBytes
  /** Percent; 0 turns the comparison off. */
  readonly shrinkLimit: number
  /** Days to retain this backup, whatever the policy says. */
  readonly keepDays: number | undefined
}

/** The state of a run after the snapshot was taken. */
export interface BackupRun {
  readonly request: BackupRunRequest
  readonly world: BackupRunWorld
  readonly phases: Phases
  readonly destinations: readonly Destination[]
  readonly name: string
  /** Warnings about the source from before the dump. */
  readonly warnings: readonly string[]
  readonly started: Date
  readonly id: BackupId
  /** ID shared by the backups of one run. */
  readonly recoveryPoint: string
}

export interface BackedUp<M extends Manifest = Manifest> {
  readonly manifest: M
  /** Stores that have the backup, and how their bytes were confirmed. */
  readonly stores: readonly { readonly address: string; readonly confirmed: 'digest' | 'read-back' }[]
  readonly bytes: number
  /** The size that is compared to detect shrinking. */
  readonly size: Size
  readonly seconds: number
  /** `probe`, `dump`, `compare`, `confirm`. */
  readonly phases: readonly PhaseTime[]
  /** The previous good backup, if there is one to compare with. */
  readonly last: LastBackup | undefined
  /** Failure of stores that did not accept the backup while others did; its hint repairs them with `upload`. */
  readonly failure: Failure | undefined
}

/** The backups of one run: the main one, and others with the same recovery point. */
export interface BackupSet<M extends Manifest = Manifest> extends BackedUp<M> {
  readonly companions: readonly BackedUp[]
}

/**
 * Makes the backup and closes the source. Throws if the source or all stores fail: no store then contains any part of
 * the backup. If only some stores fail, the others have the complete backup, and `failure` is set.
 */
export async function runBackup<M extends Manifest>(run: BackupRun, source: BackupSource<M>): Promise<BackedUp<M>> {
  const { destinations, world } = run
  try {
    return { ...(await carryOut(run, source)), failure: failureOfSome(run) }
  } catch (error) {
    const unfinished = destinations.some(({ completed }) => completed) ? [] : destinations
    // Release the snapshot before cleaning up a store that does not respond.
    await Promise.all([source.close(), discardBackup(prefixOf(run), unfinished, world.signal)])
    if (world.signal.aborted) throw asFailure(world.signal.reason)
    // When no store is left, the source is stopped, and its own error may be reported first.
    const noStore = error instanceof AllStoresFailed || destinations.every(({ failure }) => failure)
    throw (noStore && destinations.find(({ failure }) => failure)?.failure) || error
  } finally {
    await source.close()
  }
}

function prefixOf({ name, id }: BackupRun): string {
  return backupPrefix(name, id.text)
}

async function carryOut<M extends Manifest>(
  run: BackupRun,
  source: BackupSource<M>,
): Promise<Omit<BackedUp<M>, 'failure'>> {
  const { request, world, phases, destinations, id } = run
  requireTrustedSigner(
    destinations.map(({ store }) => store),
    run.name,
  )
  const prefix = prefixOf(run)
  const { reporter, signal } = world
  const kind = kindOf(world.kinds, source.kind)
  const { titles, sizeOf } = kind
  const where = destinations.filter(({ failure }) => !failure).map(({ store }) => store.address)
  const { compressionLevel } = request
  // Runs while the source prepares its data.
  const lastGood = request.shrinkLimit === 0 ? undefined : findLast({ name: run.name, kind, destinations, reporter })
  lastGood?.catch(() => {})
  const stored = await phases.run('dump', `${titles.dump} to ${where.join(' and ')}`, () =>
    dumpToStores({ source, id: id.text, prefix, destinations, compressionLevel, reporter, signal }),
  )
  const { manifest, last } = await phases.run('compare', titles.compare, () =>
    describeBackup(run, source, stored, lastGood),
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
  const size = sizeOf(manifest, manifest.payloads)
  return { manifest, stores, bytes, size, last, seconds: phases.seconds, phases: phases.times }
}

async function describeBackup<M extends Manifest>(
  run: BackupRun,
  source: BackupSource<M>,
  stored: readonly StoredPayload[],
  lastGood: Promise<Manifest | undefined> | undefined,
): Promise<{ manifest: M; last: LastBackup | undefined }> {
  const { request, world, name } = run
  const { content, tools, empty, notes } = await source.finish()
  await source.close()
  const payloads = stored.map(({ payload }) => payload)
  const kind = kindOf(world.kinds, content.kind)
  const before = empty === undefined && kind.isWhole(content) ? await lastGood : undefined
  const { suspect, last }: Comparison = before
    ? compareWithLast({ name, kind, content, payloads, limit: request.shrinkLimit, reporter: world.reporter }, before)
    : { suspect: empty, last: undefined }
  const unsealed = {
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
  }
  // Content and base together are M, which the compiler cannot infer.
  return { manifest: sealManifest(unsealed as unknown as Unsealed<M>), last }
}

/** Empty objects whose names carry information for retention and `list`. */
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
