// A drill: restores a backup into scratch, compares it with its fingerprint, and stores a record with the backup.

import {
  type DrillCheck,
  type DrillPhase,
  type DrillRecord,
  drillFormat,
  isNotDrilled,
  verdictOf,
} from '../../domain/drill/drill.ts'
import { bytesOf } from '../../domain/drill/drill-bytes.ts'
import { countsAgainstBackup } from '../../domain/drill/drill-verdict.ts'
import { isolationWarning } from '../../domain/drill/isolation.ts'
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import { formatBytes } from '../../domain/text/quantities.ts'
import type { Scratch } from '../../ports/drill.ts'
import type { StoredKind } from '../../ports/kind.ts'
import type { RehearsalPlace } from '../../ports/rehearsal.ts'
import { payloadSources } from '../../streams/payload.ts'
import { kindOf } from '../kind-of.ts'
import { compareWithRecord } from '../record/compare-with-record.ts'
import { watched } from '../verify/track-integrity.ts'
import { failureOf, requireDatabase } from './drill-failure.ts'
import { readDrilled, writeRecord } from './drill-record.ts'
import type { Drilled, DrillOutcome, TestRestoreRequest, TestRestoreWorld } from './drill-request.ts'
import { type PreparedRehearsal, prepareRehearsal, rehearsalFailure } from './rehearse.ts'

/**
 * Runs the drill; reads each stored byte once and always drops scratch. A backup with a fault returns a record with the
 * verdict `failed` and a failure; so does an unknown error. Errors that say nothing about the backup (no scratch, a
 * full disk, a lost connection) are thrown without a record; so is an untrusted manifest. If scratch lacks a module or
 * an extension, the verdict is `not-drilled`: neither proof nor fault. A rehearsal is prepared before there is data,
 * and runs before scratch is dropped; its result does not change the verdict on the backup.
 */
export async function testRestore(request: TestRestoreRequest, world: TestRestoreWorld): Promise<Drilled> {
  const prepared = request.rehearsal && (await prepareRehearsal(request.rehearsal, request.temporary, world))
  try {
    return await drillOnce(request, world, prepared)
  } finally {
    await prepared?.close()
  }
}

async function drillOnce(
  request: TestRestoreRequest,
  world: TestRestoreWorld,
  prepared: PreparedRehearsal | undefined,
): Promise<Drilled> {
  const drill = new Drill(request, world, prepared)
  const { manifest, sha256 } = await drill.timed('Reading the manifest', () =>
    readDrilled(request.places[0], world.signal),
  )
  if (request.record) await compareWithRecord(request.record, manifest, world.reporter)
  const kind = kindOf(world.kinds, manifest.kind)
  if (!kind.drill.isDatabase) requireDatabase(request, manifest, kind)
  const { outcome, damaged } = await drill.run(manifest, kind)
  const record = drill.record(manifest, kind, sha256, outcome)
  // Only the copy that was read is damaged; other copies may be intact.
  const recorded = await writeRecord(record, damaged ? [request.places[0]] : request.places, world.reporter)
  const failure = failureOf(record, outcome.failure) ?? outcome.rehearsalFailure ?? rehearsalFailure(record.rehearsal)
  return { record, snapshotTaken: manifest.snapshot.taken, recorded, failure }
}

class Drill {
  readonly #request: TestRestoreRequest
  readonly #world: TestRestoreWorld
  readonly #prepared: PreparedRehearsal | undefined
  readonly #phases: DrillPhase[] = []
  readonly #started: Date
  readonly #began: number

  constructor(request: TestRestoreRequest, world: TestRestoreWorld, prepared: PreparedRehearsal | undefined) {
    this.#request = request
    this.#world = world
    this.#prepared = prepared
    this.#started = world.clock.now()
    this.#began = world.clock.seconds()
  }

  /** Runs one phase, and reports and measures it, even if it fails. */
  async timed<T>(phase: string, work: () => Promise<T>): Promise<T> {
    const { reporter, clock } = this.#world
    const began = clock.seconds()
    try {
      return await reporter.phase(phase, work)
    } finally {
      this.#phases.push({ phase, seconds: rounded(clock.seconds() - began) })
    }
  }

  async run(manifest: Manifest, kind: StoredKind): Promise<{ outcome: DrillOutcome; damaged: boolean }> {
    const scratch = await this.timed('Preparing the scratch server', () => this.#open(manifest, kind))
    const watch = { damaged: false }
    const warning = isolationWarning(scratch.isolation)
    if (warning !== undefined) this.#world.reporter.warn(warning)
    try {
      const outcome = await this.#tryOut(scratch, manifest, kind, watch)
      await this.timed('Cleaning up the scratch server', () => scratch.drop())
      return { outcome, damaged: watch.damaged }
    } catch (error) {
      await scratch
        .drop()
        .catch((left) => this.#world.reporter.warn(`The scratch database was not dropped: ${asFailure(left).message}.`))
      this.#world.signal.throwIfAborted()
      throw error
    }
  }

  async #tryOut(
    scratch: Scratch<Manifest>,
    manifest: Manifest,
    { titles, drill }: StoredKind,
    watch: { damaged: boolean },
  ): Promise<DrillOutcome> {
    const loaded = await this.#load(scratch, manifest, watch)
    const rtoSeconds = rounded(this.#world.clock.seconds() - this.#began)
    const tried = scratch.tried?.()
    const base = {
      scratch: scratch.display,
      isolation: scratch.isolation.isolation,
      rtoSeconds,
      ...(tried && { tried }),
    }
    if (loaded instanceof Failure) return { ...base, differences: [], checks: [], notes: [], failure: loaded }
    const notes = [...loaded]
    const differences = await this.#verdictOn(() =>
      this.timed(titles.drill, () => scratch.compare(manifest, (note) => notes.push(note))),
    )
    if (differences instanceof Failure) return { ...base, differences: [], checks: [], notes, failure: differences }
    const checks = await this.#check(scratch, drill.urlVariable)
    const isProven = verdictOf(differences, checks) === 'proven'
    return { ...base, differences, checks, notes, ...(isProven && (await this.#rehearse(scratch))) }
  }

  /** An error of the rehearsal must not discard the proof of the backup. */
  async #rehearse(scratch: Scratch<Manifest>): Promise<Pick<DrillOutcome, 'rehearsal' | 'rehearsalFailure'>> {
    if (!this.#prepared) return {}
    try {
      return { rehearsal: await this.#prepared.run(placeOf(scratch), (phase, work) => this.timed(phase, work)) }
    } catch (error) {
      this.#world.signal.throwIfAborted()
      return { rehearsalFailure: asFailure(error) }
    }
  }

  record(
    manifest: Manifest,
    { drill }: StoredKind,
    manifestSha256: string,
    { failure, rehearsalFailure, ...outcome }: DrillOutcome,
  ): DrillRecord {
    const hidden = ({ message }: Failure): string => this.#world.hideSecrets(message)
    return {
      ...{ format: drillFormat, backup: manifest.id, name: manifest.name, manifestSha256 },
      verdict: failure
        ? isNotDrilled(failure)
          ? 'not-drilled'
          : 'failed'
        : verdictOf(outcome.differences, outcome.checks),
      ...(failure && { problem: hidden(failure) }),
      ...outcome,
      notes: rehearsalFailure
        ? [...outcome.notes, `The migration was not rehearsed: ${hidden(rehearsalFailure)}`]
        : outcome.notes,
      phases: this.#phases,
      started: this.#started.toISOString(),
      finished: this.#world.clock.now().toISOString(),
      ...bytesOf(manifest),
      ...drill.counts(manifest, outcome.tried),
      rtoObjectiveSeconds: this.#request.rtoObjectiveSeconds,
    }
  }

  async #open(manifest: Manifest, { drill }: StoredKind): Promise<Scratch<Manifest>> {
    const { jobs, server, allowMissingExtensions, installTools, temporary, isolation, tenants } = this.#request
    const { signal } = this.#world
    const request = { jobs, server, allowMissingExtensions, installTools, temporary, isolation, tenants, signal }
    return drill.openScratch(manifest, request, this.#world)
  }

  /** Returns notes, or the failure to record: a fault of the backup, or something that this machine lacks. */
  async #load(
    scratch: Scratch<Manifest>,
    manifest: Manifest,
    watch: { damaged: boolean },
  ): Promise<readonly string[] | Failure> {
    const { reporter, signal } = this.#world
    const { contentBytes } = bytesOf(manifest)
    const payloads = payloadSources(this.#request.places[0].store, manifest, signal).map((source) =>
      watched(source, watch),
    )
    return this.#verdictOn(() =>
      this.timed(`Restoring ${formatBytes(contentBytes)} (uncompressed), verified as it is read`, () =>
        scratch.load(manifest, payloads, (bytes) => reporter.progress({ what: 'restored', bytes, of: contentBytes })),
      ),
    )
  }

  /**
   * Returns a failure that belongs in the record: a fault of the backup, or something that this machine lacks. Throws
   * any other error.
   */
  async #verdictOn<T>(work: () => Promise<T>): Promise<T | Failure> {
    try {
      return await work()
    } catch (error) {
      this.#world.signal.throwIfAborted()
      const failure = asFailure(error)
      if (countsAgainstBackup(failure) || isNotDrilled(failure)) return failure
      throw error
    }
  }

  /** `variable` is the environment variable that passes the URL of scratch to the user's command. */
  async #check(scratch: Scratch<Manifest>, variable: string): Promise<DrillCheck[]> {
    const { checkSql, checkCommand } = this.#request
    if (checkSql.length === 0 && checkCommand === undefined) return []
    return this.timed('Running the checks', async () => {
      const checks: DrillCheck[] = []
      for (const check of checkSql) checks.push({ kind: 'sql', check, ...(await scratch.checkSql(check)) })
      if (checkCommand !== undefined) checks.push(await this.#checkByCommand(scratch, variable, checkCommand))
      return checks
    })
  }

  async #checkByCommand(scratch: Scratch<Manifest>, variable: string, command: string): Promise<DrillCheck> {
    const port = await scratch.openPort()
    try {
      return await this.#runCommand(command, { [variable]: port.url })
    } finally {
      await port.close()
    }
  }

  async #runCommand(check: string, environment: Record<string, string>): Promise<DrillCheck> {
    const { signal, runUserCommand } = this.#world
    const exitCode = await runUserCommand(check, { environment, signal })
    return { kind: 'command', check, passed: exitCode === 0, detail: `exit code ${exitCode}` }
  }
}

/** Rehearsals run only on databases, whose scratch has a URL. */
function placeOf({ url, maintenanceUrl = url }: Scratch<Manifest>): RehearsalPlace {
  return { url, maintenanceUrl }
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
