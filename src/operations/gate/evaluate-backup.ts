// Evaluates one backup for the gate: its copies by the names of their keys, then its verified manifest and drill
// record.
import { backupPrefix } from '../../domain/backups/backup.ts'
import { drillMark } from '../../domain/backups/marks.ts'
import type { DrillMark } from '../../domain/drill/drill.ts'
import { type DrillRecord, drillFormat } from '../../domain/drill/drill.ts'
import { isIsolated } from '../../domain/drill/isolation.ts'
import { asFailure } from '../../domain/failures/failure.ts'
import type { Candidate, Fault, GatePolicy } from '../../domain/gate/gate.ts'
import {
  faultsOfCopies,
  faultsOfManifest,
  lastDrill,
  laterPayloadFault,
  type ManifestQuestion,
  payloadFault,
} from '../../domain/gate/gate-faults.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import { manifestSha256 } from '../../domain/manifest/manifest-json.ts'
import type { RunRecord } from '../../ports/record.ts'
import type { Found } from '../catalogue/find-backup.ts'
import { readManifest } from '../catalogue/read-manifest.ts'
import { findRecorded } from '../record/compare-with-record.ts'
import { requireSignature } from '../signatures/require-signature.ts'
import { readObject } from '../stores/read-object.ts'

export interface Evaluated {
  readonly candidate: Candidate
  /** Copies that count. */
  readonly places: readonly Found[]
  /** Undefined if it was not read, or if no copy is intact. */
  readonly manifest?: Manifest
  /** Sentences about copies that do not count. */
  readonly warnings: readonly string[]
}

export interface EvaluationTools {
  readonly signal: AbortSignal
  /** If given, the manifest must match its row in this record. */
  readonly record?: RunRecord | undefined
}

/** Evaluates names only: fast, and enough to refuse most backups. */
export function evaluateNames(copies: readonly Found[], { policy, now }: ManifestQuestion): Evaluated {
  const faults = faultsOfCopies(copies.map(toCopy), policy, now)
  const [first] = copies as [Found, ...Found[]]
  const ageSeconds = Math.max(0, (now.getTime() - first.entry.id.time.getTime()) / 1000)
  const places = copies.filter(({ entry }) => entry.complete)
  return { candidate: candidateOf(first, places, ageSeconds, faults), places, warnings: [] }
}

/** Evaluates names, manifest and drill record. A copy that is damaged or unreachable does not count. */
export async function evaluateBackup(
  copies: readonly Found[],
  question: ManifestQuestion,
  { signal, record }: EvaluationTools,
): Promise<Evaluated> {
  const byName = evaluateNames(copies, question)
  const drill = question.policy.requireDrill ? lastDrill(copies.map(toCopy), question.now) : undefined
  const { manifest, sha256, places, warnings } = await readEverywhere(byName.places, drill, signal)
  if (!manifest || places.length === 0) {
    if (byName.places.length === 0) return byName
    const { faults } = byName.candidate
    const isExplained = faults.some(({ kind }) => kind === 'not-trusted')
    const damaged: Fault = { kind: 'damaged', sentence: warnings[0] ?? 'no copy is complete' }
    const candidate = { ...byName.candidate, stores: [], faults: isExplained ? faults : [...faults, damaged] }
    return { candidate, places: [], warnings: isExplained ? [] : warnings }
  }
  const { policy, now } = question
  // Marks count in every store, even if the copy there does not count.
  const judged = copies.map((copy) =>
    places.includes(copy) ? copy : { ...copy, entry: { ...copy.entry, complete: false } },
  )
  const names = faultsOfCopies(judged.map(toCopy), policy, now)
  const more = faultsOfManifest(manifest, places.map(toCopy), question)
  const unproven = policy.requireDrill ? await recordFault(copies, manifest, sha256, question, signal) : undefined
  const recorded = record && (await recordedFault(record, manifest))
  const faults = distinct([...names, ...more.faults, ...(unproven ? [unproven] : []), ...(recorded ? [recorded] : [])])
  const [first] = copies as [Found, ...Found[]]
  return { candidate: candidateOf(first, places, more.ageSeconds, faults), places, manifest, warnings }
}

/** Returns a fault also if there is no row: otherwise a forged backup with a new ID would pass. */
async function recordedFault(record: RunRecord, manifest: Manifest): Promise<Fault | undefined> {
  const recorded = await findRecorded(record, manifest)
  if (recorded.says === 'same') return undefined
  return { kind: 'not-recorded', sentence: recorded.says === 'other' ? recorded.failure.message : recorded.reason }
}

function toCopy({ store, entry }: Found): { address: string; entry: Found['entry'] } {
  return { address: store.address, entry }
}

function candidateOf(
  { entry }: Found,
  places: readonly Found[],
  ageSeconds: number,
  faults: readonly Fault[],
): Candidate {
  return { name: entry.name, id: entry.id.text, stores: places.map(({ store }) => store.address), ageSeconds, faults }
}

/** Keeps one fault of each kind: names and manifest may report the same fault. */
function distinct(faults: readonly Fault[]): Fault[] {
  return faults.filter(({ kind }, at) => faults.findIndex((other) => other.kind === kind) === at)
}

interface ReadCopies {
  readonly manifest?: Manifest
  /** SHA-256 (hex) of the manifest. */
  readonly sha256: string
  readonly places: readonly Found[]
  readonly warnings: readonly string[]
}

/** Reads the manifest of each copy. All copies must have the same manifest, and payloads with the sizes in it. */
async function readEverywhere(
  places: readonly Found[],
  drill: DrillMark | undefined,
  signal: AbortSignal,
): Promise<ReadCopies> {
  const whole: Found[] = []
  const warnings: string[] = []
  let first: { manifest: Manifest; sha256: string } | undefined
  for (const place of places) {
    try {
      const manifest = await readManifest(place.store, place.entry, signal)
      const sha256 = manifestSha256(manifest)
      first ??= { manifest, sha256 }
      const other =
        sha256 === first.sha256
          ? undefined
          : `its manifest in ${place.store.address} differs from that in another store`
      const copy = toCopy(place)
      const fault = other ?? payloadFault(manifest, copy) ?? (drill && laterPayloadFault(manifest, copy, drill))
      if (fault === undefined) whole.push(place)
      else warnings.push(fault)
    } catch (error) {
      signal.throwIfAborted()
      warnings.push(asFailure(error).message)
    }
  }
  return { ...(first && { manifest: first.manifest }), sha256: first?.sha256 ?? '', places: whole, warnings }
}

const largestRecord = 64 << 20

/** The key alone proves nothing: the drill record must name this manifest. */
async function recordFault(
  copies: readonly Found[],
  manifest: Manifest,
  sha256: string,
  { now, policy }: ManifestQuestion,
  signal: AbortSignal,
): Promise<Fault | undefined> {
  const last = lastDrill(copies.map(toCopy), now)
  if (last?.verdict !== 'proven') return undefined // reported by faultsOfCopies
  const key = backupPrefix(manifest.name, manifest.id) + drillMark(last)
  const problems: string[] = []
  for (const { store, entry } of copies.filter((copy) => hasMark(copy, last))) {
    try {
      const text = await readObject(store, key, largestRecord, signal)
      if (store.signatures?.trusted && text !== undefined) await requireSignature(store, { key, text }, signal)
      const problem = recordProblem(text, entry.id.text, sha256, policy)
      if (problem === undefined) return undefined
      problems.push(problem)
    } catch (error) {
      signal.throwIfAborted()
      problems.push(asFailure(error).message)
    }
  }
  return { kind: 'not-proven', sentence: problems[0] ?? 'its drill record is missing' }
}

function hasMark({ entry }: Found, drill: DrillMark): boolean {
  return entry.drills.some(({ time, verdict }) => verdict === drill.verdict && time.getTime() === drill.time.getTime())
}

function recordProblem(
  text: string | undefined,
  id: string,
  sha256: string,
  { requireIsolation = false }: GatePolicy,
): string | undefined {
  const record = parseRecord(text)
  if (record?.format !== drillFormat) return 'its drill record cannot be read'
  if (record.verdict !== 'proven') return 'its drill record does not have the verdict proven'
  const isOfThis = record.backup === id && record.manifestSha256 === sha256
  if (!isOfThis) return 'its drill record is for another manifest'
  return requireIsolation && !isIsolated(record.isolation) ? 'its drill ran without isolation' : undefined
}

function parseRecord(text: string | undefined): Partial<DrillRecord> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
