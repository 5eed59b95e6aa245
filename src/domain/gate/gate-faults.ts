// Finds the faults of a backup before a migration: first from the names of its keys, then from its manifest.
import { type BackupEntry, distrustOf } from '../backups/catalogue.ts'
import type { DrillMark } from '../drill/drill.ts'
import type { Manifest, Origin } from '../manifest/manifest.ts'
import { formatDuration } from '../text/quantities.ts'
import { clockTolerance, freshness } from './freshness.ts'
import type { Fault, GateFacts, GateOrigin, GatePolicy, WantedDatabase } from './gate.ts'

/** A backup's copy in one store. */
interface Copy {
  readonly address: string
  readonly entry: BackupEntry
}

/**
 * Faults that keys alone show, over all copies. `copies` is not empty, and has only trusted copies if there are any.
 */
export function faultsOfCopies(copies: readonly Copy[], policy: GatePolicy, now: Date): Fault[] {
  const faults: Fault[] = []
  const [first] = copies
  if (first?.entry.id.kind !== policy.kind.name) {
    faults.push({ kind: 'other-kind', sentence: `its kind is ${first?.entry.id.kind}, not ${policy.kind.name}` })
  }
  if (first?.entry.id.trigger === 'safety')
    faults.push({ kind: 'safety', sentence: 'it is a safety backup, with the data that a restore replaced' })
  if (copies.some(({ entry }) => entry.suspect)) faults.push({ kind: 'suspect', sentence: 'it is marked suspect' })
  const whole = copies.filter(({ entry }) => entry.complete)
  if (whole.length === 0)
    return [...faults, { kind: 'incomplete', sentence: 'it has no manifest: its run did not finish' }]
  const distrust = whole[0] && distrustOf(whole[0].entry)
  if (distrust !== undefined) return [...faults, { kind: 'not-trusted', sentence: `it is not trusted: ${distrust}` }]
  const onSite = siteFault(
    whole.map(({ address }) => address),
    policy,
  )
  if (onSite !== undefined) faults.push({ kind: 'on-site', sentence: onSite })
  const unproven = policy.requireDrill ? drillFault(copies, now) : undefined
  return unproven ? [...faults, unproven] : faults
}

/**
 * Why stores with these addresses are not enough if no other store has the backup. GitHub deletes artifacts on expiry,
 * and everyone with write access can delete them, so an artifact never counts by itself.
 */
export function siteFault(addresses: readonly string[], { requireOffSite, placeOf }: GatePolicy): string | undefined {
  const places = new Set(addresses.map(placeOf))
  if (places.has('off-site')) return undefined
  if (!places.has('on-site')) return `it is stored only where backups expire: ${addresses.join(', ')}`
  return requireOffSite ? 'it is not off-site: only this machine has it' : undefined
}

function drillFault(copies: readonly Copy[], now: Date): Fault | undefined {
  const last = lastDrill(copies, now)
  if (!last) return { kind: 'not-proven', sentence: 'no drill has proven it' }
  if (last.verdict === 'proven') return undefined
  return { kind: 'drill-failed', sentence: `its drill of ${last.time.toISOString()} failed` }
}

/**
 * The drill that counts, over all stores: the newest, or of two in the same second the failed one. A proof from the
 * future is ignored, because it would outrank every later failure.
 */
export function lastDrill(copies: readonly Copy[], now: Date): DrillMark | undefined {
  const latest = now.getTime() + clockTolerance * 1000
  return copies
    .flatMap(({ entry }) => entry.drills)
    .filter(({ time, verdict }) => verdict === 'failed' || time.getTime() <= latest)
    .sort((a, b) => b.time.getTime() - a.time.getTime() || (a.verdict === 'failed' ? -1 : 1))[0]
}

/** What a manifest is checked against. */
export interface ManifestQuestion {
  readonly policy: GatePolicy
  readonly wanted: WantedDatabase
  readonly origin: GateOrigin
  readonly now: Date
}

/** Returns the faults that only the manifest shows, and the age of the data. */
export function faultsOfManifest(
  manifest: Manifest,
  copies: readonly Copy[],
  { policy, wanted, origin, now }: ManifestQuestion,
): { readonly faults: readonly Fault[]; readonly ageSeconds: number } {
  const faults: Fault[] = []
  const facts = policy.kind.gateFacts(manifest)
  if (facts.part !== undefined) faults.push({ kind: 'partial', sentence: facts.part })
  const other = databaseFault(facts, wanted)
  if (other !== undefined) faults.push({ kind: 'other-database', sentence: other })
  if (manifest.suspect !== undefined) faults.push({ kind: 'suspect', sentence: `it is suspect: ${manifest.suspect}` })
  const isForThis = manifest.id === policy.backupFromThisRun
  const foreign = isForThis ? originFault(manifest.origin, origin) : undefined
  if (foreign !== undefined) faults.push({ kind: 'other-run', sentence: foreign })
  const whole = copies.filter(({ entry }) => entry.complete)
  const started = whole[0]?.entry.id.time ?? now
  const moments = { taken: new Date(manifest.snapshot.taken), started, stored: whole.map(({ entry }) => entry.stored) }
  const limit = isForThis ? Math.max(policy.maxAgeOfOwnBackup, policy.maxAge) : policy.maxAge
  const { ageSeconds, fault } = freshness(moments, now, limit)
  if (fault) faults.push(fault)
  return { faults, ageSeconds }
}

function databaseFault(
  { database, systemIdentifier: had }: GateFacts,
  { database: wanted, systemIdentifier: has }: WantedDatabase,
): string | undefined {
  if (wanted !== undefined && database !== wanted) {
    return `its database is ${JSON.stringify(database)}, not ${JSON.stringify(wanted)}`
  }
  if (had === undefined || has === undefined || had === has) return undefined
  return `it is from another server (system identifier ${had}, not ${has})`
}

/**
 * Why a backup that was named as made for this change was made for another one. A value that one side does not know is
 * not compared.
 */
function originFault(made: Origin, here: GateOrigin): string | undefined {
  if (differ(made.repository, here.repository)) return `it was made in ${made.repository}, not for this change`
  if (made.runUrl !== undefined && made.runUrl === here.runUrl) return undefined
  if (differ(made.pullRequest, here.pullRequest)) return `it was made for pull request ${made.pullRequest}`
  if (made.pullRequest !== undefined && made.pullRequest === here.pullRequest) return undefined
  if (differ(made.sha, here.sha)) return `it was made for commit ${made.sha}`
  if (made.sha !== undefined && made.sha === here.sha) return undefined
  return differ(made.runUrl, here.runUrl) ? `it was made by another run (${made.runUrl})` : undefined
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b
}

/** Why a copy with a manifest is not complete: a payload is missing or has another size. */
export function payloadFault(manifest: Manifest, { address, entry }: Copy): string | undefined {
  const prefix = `${entry.name}/${entry.id.text}/`
  const sizes = new Map(entry.keys.map(({ key, bytes }) => [key, bytes]))
  for (const { file, bytes } of manifest.payloads) {
    const there = sizes.get(prefix + file)
    if (there === undefined) return `${file} is missing in ${address}`
    if (there !== bytes) return `${file} in ${address} has ${there} bytes instead of ${bytes}`
  }
  return undefined
}

/**
 * Why a drill does not prove a trusted copy: the store received a payload after the drill. The store's own date reveals
 * bytes that were replaced after the drill; a copy that was made or repaired later needs another drill.
 */
export function laterPayloadFault(manifest: Manifest, { address, entry }: Copy, drill: DrillMark): string | undefined {
  if (!entry.trust?.isTrusted) return undefined
  const latest = drill.time.getTime() + clockTolerance * 1000
  const prefix = `${entry.name}/${entry.id.text}/`
  const files = new Set(manifest.payloads.map(({ file }) => prefix + file))
  const later = entry.keys.find(
    ({ key, modified }) => files.has(key) && modified !== undefined && modified.getTime() > latest,
  )
  return (
    later &&
    `${later.key} in ${address} was written after the drill of ${drill.time.toISOString()}, so it is not proven`
  )
}

/** `42 min old`, for reasons. */
export function ageText(seconds: number): string {
  return `${formatDuration(seconds)} old`
}
