// A drill: a backup restored into scratch, compared with its fingerprint, and a record of it beside the backup.
import { createHash } from 'node:crypto'
import { backupPrefix, manifestFile, sumsFile } from '../domain/backup.ts'
import { type DrillCheck, type DrillPhase, type DrillRecord, drillFormat, drillText, verdictOf } from '../domain/drill.ts'
import { asFailure, Failure } from '../domain/failure.ts'
import type { Manifest } from '../domain/manifest.ts'
import { parseManifest } from '../domain/manifest-json.ts'
import { drillMark } from '../domain/marks.ts'
import { formatBytes } from '../domain/quantities.ts'
import { sumsText } from '../domain/sums.ts'
import { payloadSources } from '../streams/payload.ts'
import { damagedHint } from '../streams/read-back.ts'
import type { Found } from './find-backup.ts'
import type { DrillScratch, RunUserCommand, Scratch, ScratchRequest } from './platform-ports.ts'
import type { Clock, Reporter } from './ports.ts'
import { readManifest, readObject } from './read-manifest.ts'

export interface TestRestoreWorld {
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly openScratch: DrillScratch
  readonly runUserCommand: RunUserCommand
}

export interface TestRestoreRequest {
  /** Every store that holds the backup; it is read from the first, and the record written to all. */
  readonly places: readonly [Found, ...Found[]]
  readonly jobs: number
  readonly server: ScratchRequest['server']
  readonly allowMissingExtensions: boolean
  readonly temporary: string
  readonly checkSql: readonly string[]
  readonly checkCommand: string | undefined
  readonly rtoObjectiveSeconds: number
}

export interface Drilled {
  readonly record: DrillRecord
  readonly manifest: Manifest
  /** Stores that hold the record now. */
  readonly recorded: readonly string[]
}

/**
 * Runs the drill; each stored byte is read once. Scratch is dropped whatever happens. A backup that is not what it should be gives
 * a record with the verdict `failed`, and so do damaged bytes, which are then thrown as Failure('integrity'); what keeps the drill
 * from being done (no scratch, a full disk, a lost connection) is thrown and leaves no record: it says nothing about the backup.
 */
export async function testRestore(request: TestRestoreRequest, world: TestRestoreWorld): Promise<Drilled> {
  const drill = new Drill(request, world)
  const { manifest, sha256 } = await drill.timed('Reading the manifest', () => readBoth(request.places[0], world.signal))
  const record = await drill.run(manifest, sha256)
  const recorded = await writeRecord(record, request.places, world)
  return { record, manifest, recorded }
}

class Drill {
  readonly #request: TestRestoreRequest
  readonly #world: TestRestoreWorld
  readonly #phases: DrillPhase[] = []
  readonly #started: Date
  readonly #began: number

  constructor(request: TestRestoreRequest, world: TestRestoreWorld) {
    this.#request = request
    this.#world = world
    this.#started = world.clock.now()
    this.#began = world.clock.seconds()
  }

  /** One phase, reported and measured, also where it fails. */
  async timed<T>(phase: string, work: () => Promise<T>): Promise<T> {
    const { reporter, clock } = this.#world
    const began = clock.seconds()
    try {
      return await reporter.phase(phase, work)
    } finally {
      this.#phases.push({ phase, seconds: rounded(clock.seconds() - began) })
    }
  }

  async run(manifest: Manifest, manifestSha256: string): Promise<DrillRecord> {
    const scratch = await this.timed('Making scratch', () => this.#open(manifest))
    try {
      const notes = await this.#load(scratch, manifest)
      const rtoSeconds = rounded(this.#world.clock.seconds() - this.#began)
      const differences = await this.timed('Comparing every table', () => scratch.compare(manifest))
      const checks = await this.#check(scratch)
      await this.timed('Dropping scratch', () => scratch.drop())
      const { tables } = manifest.fingerprint
      return {
        ...{ format: drillFormat, backup: manifest.id, name: manifest.name, manifestSha256 },
        ...{ verdict: verdictOf(differences, checks), differences, checks, notes, phases: this.#phases },
        started: this.#started.toISOString(),
        finished: this.#world.clock.now().toISOString(),
        ...bytesOf(manifest),
        ...{ tables: tables.length, rows: tables.reduce((sum, { rows }) => sum + rows, 0) },
        ...{ scratch: scratch.display, rtoSeconds, rtoObjectiveSeconds: this.#request.rtoObjectiveSeconds },
      }
    } finally {
      await scratch.drop()
      this.#world.signal.throwIfAborted()
    }
  }

  async #open(manifest: Manifest): Promise<Scratch> {
    const { jobs, server, allowMissingExtensions, temporary } = this.#request
    const { signal, openScratch } = this.#world
    return openScratch({ manifest, jobs, allowMissingExtensions, temporary, signal, ...(server && { server }) })
  }

  async #load(scratch: Scratch, manifest: Manifest): Promise<readonly string[]> {
    const { reporter, signal } = this.#world
    const { contentBytes } = bytesOf(manifest)
    return this.timed(`Restoring ${formatBytes(contentBytes)}, verified as it is read`, () =>
      scratch.load(manifest, payloadSources(this.#request.places[0].store, manifest, signal), (bytes) =>
        reporter.progress({ what: 'restored', bytes, of: contentBytes }),
      ),
    )
  }

  async #check(scratch: Scratch): Promise<DrillCheck[]> {
    const { checkSql, checkCommand } = this.#request
    if (checkSql.length === 0 && checkCommand === undefined) return []
    return this.timed('Running your checks', async () => {
      const checks: DrillCheck[] = []
      for (const check of checkSql) checks.push({ kind: 'sql', check, ...(await scratch.checkSql(check)) })
      if (checkCommand !== undefined) checks.push(await this.#runCommand(scratch, checkCommand))
      return checks
    })
  }

  async #runCommand(scratch: Scratch, check: string): Promise<DrillCheck> {
    const { signal, runUserCommand } = this.#world
    const exitCode = await runUserCommand(check, { environment: { DATABASE_URL: scratch.url }, signal })
    return { kind: 'command', check, passed: exitCode === 0, detail: `exit code ${exitCode}` }
  }
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}

function bytesOf({ payloads }: Manifest): { bytes: number; contentBytes: number } {
  const loaded = payloads.filter(({ role }) => role !== 'globals')
  return {
    bytes: loaded.reduce((sum, payload) => sum + payload.bytes, 0),
    contentBytes: loaded.reduce((sum, payload) => sum + payload.contentBytes, 0),
  }
}

/** The manifest with the digest of its bytes. SHA256SUMS must agree with it. */
async function readBoth({ store, entry }: Found, signal: AbortSignal): Promise<{ manifest: Manifest; sha256: string }> {
  const manifest = await readManifest(store, entry, signal)
  const prefix = backupPrefix(manifest.name, manifest.id)
  const text = (await readObject(store, prefix + manifestFile, undefined, signal)) ?? ''
  if (parseManifest(text).digest !== manifest.digest) {
    throw new Failure('integrity', `${prefix}${manifestFile} in ${store.address} changed while it was read`, { hint: damagedHint })
  }
  if ((await readObject(store, prefix + sumsFile, undefined, signal)) !== sumsText(manifest.payloads)) {
    throw new Failure('integrity', `${prefix}${sumsFile} in ${store.address} is missing or does not agree with the manifest`, {
      hint: damagedHint,
    })
  }
  return { manifest, sha256: createHash('sha256').update(text).digest('hex') }
}

/** Writes the record to every store that holds the backup. Throws only if no store takes it. */
async function writeRecord(record: DrillRecord, places: readonly Found[], world: TestRestoreWorld): Promise<string[]> {
  const key = backupPrefix(record.name, record.backup) + drillMark({ time: new Date(record.started), verdict: record.verdict })
  const content = Buffer.from(drillText(record))
  const failures: Failure[] = []
  const recorded: string[] = []
  for (const { store } of places) {
    try {
      await store.create(key, content)
      recorded.push(store.address)
    } catch (error) {
      failures.push(asFailure(error))
      world.reporter.warn(`The drill's record could not be written to ${store.address}: ${asFailure(error).message}`)
    }
  }
  if (recorded.length === 0 && failures[0]) throw failures[0]
  return recorded
}
