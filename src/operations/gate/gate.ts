// The gate: allows a migration only if there is a fresh, proven backup of the database that it changes.
import { distrustOf } from '../../domain/backups/catalogue.ts'
import { chooseName } from '../../domain/backups/choose-name.ts'
import {
  type AcceptedBackup,
  bestOf,
  type Candidate,
  type Decision,
  type GateChange,
  type GateFacts,
  type GateOrigin,
  type GatePolicy,
  type WantedDatabase,
} from '../../domain/gate/gate.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import { plural } from '../../domain/text/plural.ts'
import type { Clock, Store } from '../../ports/common.ts'
import type { RunRecord } from '../../ports/record.ts'
import type { Found } from '../catalogue/find-backup.ts'
import type { Evaluated } from './evaluate-backup.ts'
import { type GateCopies, readCopies } from './gate-copies.ts'
import {
  allowedReason,
  changeWarnings,
  editedSentence,
  emptyReason,
  identityWarnings,
  type RehearsalResult,
  refusedReason,
  rehearsalReason,
} from './gate-reasons.ts'
import { inOrder, search } from './gate-search.ts'

export interface GateRequest {
  /** Undefined if the change is unknown: the gate then assumes that it contains migrations. */
  readonly change: GateChange | undefined
  /** What to do if a migration that the base already has was edited, renamed or deleted. */
  readonly edited: 'warn' | 'refuse'
  /** Result of the rehearsal of this change, if there was one. */
  readonly rehearsal: RehearsalResult | undefined
  readonly policy: GatePolicy
  readonly origin: GateOrigin
  /** Name of the backups. Undefined: any backup of the database or, without a database, the only name in the stores. */
  readonly name: string | undefined
  /** Called only if the decision needs backups. */
  readonly openStores: () => Promise<readonly Store[]>
  /** Opens the record that a backup must match; undefined if none is requested. */
  readonly openRecord?: () => Promise<RunRecord | undefined>
  readonly identify: () => Promise<WantedDatabase>
}

interface Decided {
  readonly decision: Decision
  /** Copies of the accepted backup that count; empty if no backup was accepted. */
  readonly places: readonly Found[]
}

interface Tools {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Decides whether a migration may run. A refusal is a decision, not a failure. Throws what stores and database throw if
 * they cannot be read, and a failure of kind usage if the name of the backups is ambiguous.
 */
export async function decide(request: GateRequest, tools: Tools): Promise<Decided> {
  const { change } = request
  const known = { ...(change && { change }), candidates: [], warnings: change ? changeWarnings(change) : [] }
  if (change?.migrations.length === 0) {
    const reason = `no migrations among ${plural(change.files, 'changed file')}`
    return { decision: { ...known, verdict: 'not-needed', reason }, places: [] }
  }
  if (change && change.edited > 0 && request.edited === 'refuse') {
    const reason = `the change ${editedSentence(change)}`
    return { decision: { ...known, verdict: 'refused', refusedFor: 'edited', reason }, places: [] }
  }
  const reason = rehearsalReason(request.rehearsal)
  if (reason !== undefined) {
    return { decision: { ...known, verdict: 'refused', refusedFor: 'rehearsal', reason }, places: [] }
  }
  const { places, decision } = await judgeBackups(request, tools)
  return { places, decision: { ...known, ...decision, warnings: [...known.warnings, ...decision.warnings] } }
}

async function judgeBackups(request: GateRequest, tools: Tools): Promise<Decided> {
  const wanted = await request.identify()
  const stores = await request.openStores()
  const copies = await readCopies(stores, request.name, tools)
  requireOneName(copies, request, wanted)
  const question = { policy: request.policy, origin: request.origin, wanted, now: copies.now }
  const ordered = inOrder(copies.groups, request.policy.backupFromThisRun, wanted)
  const { judged, accepted } = await search(ordered, question, {
    signal: tools.signal,
    record: await request.openRecord?.(),
  })
  const warnings = [...copies.warnings, ...judged.flatMap(warningsOf)]
  const candidates = judged.map(({ candidate }) => candidate)
  if (accepted?.manifest) {
    const backup = acceptedBackup(accepted, accepted.manifest, question)
    const said = { reason: allowedReason(backup, request.policy), warnings: [...warnings, ...identityWarnings(backup)] }
    const decision = {
      verdict: 'allowed' as const,
      accepted: backup,
      candidates: shownOf(candidates, accepted.candidate),
      ...said,
    }
    return { decision, places: accepted.places }
  }
  const best = bestOf(candidates)
  const reason = best ? refusedReason(best) : emptyReason(request.name, stores)
  const shown = shownOf(candidates, best)
  const decision = { verdict: 'refused' as const, refusedFor: 'backup' as const, reason, candidates: shown, warnings }
  return { decision: { ...decision, ...(best && { best }) }, places: [] }
}

/** Without a database and without a name, all backups must have the same name. */
function requireOneName({ groups }: GateCopies, { name, policy: { kind } }: GateRequest, wanted: WantedDatabase): void {
  const entries = groups
    .flatMap((copies) => copies.map(({ entry }) => entry))
    .filter((entry) => distrustOf(entry) === undefined)
  const isWhole = entries.some(({ complete, id }) => complete && id.kind === kind.name)
  if (name === undefined && wanted.database === undefined && isWhole) chooseName(entries, undefined, kind.name)
}

function warningsOf({ candidate, warnings }: Evaluated): string[] {
  return warnings.map((sentence) => `${candidate.id}: ${sentence}.`)
}

interface Asked {
  readonly policy: GatePolicy
  readonly wanted: WantedDatabase
  readonly now: Date
}

function acceptedBackup({ candidate }: Evaluated, manifest: Manifest, { policy, wanted, now }: Asked): AcceptedBackup {
  return {
    ...candidate,
    identity: identityOf(policy.kind.gateFacts(manifest), wanted),
    until: endOf(manifest, policy, now),
  }
}

function identityOf({ systemIdentifier }: GateFacts, wanted: WantedDatabase): AcceptedBackup['identity'] {
  if (wanted.database === undefined) return 'backup-name'
  return wanted.systemIdentifier !== undefined && systemIdentifier !== undefined ? 'server' : 'database-name'
}

/** The verdict expires with the age of the data; for the backup made for this change, with the age of the verdict. */
function endOf({ id, snapshot }: Manifest, { maxAge, backupFromThisRun }: GatePolicy, now: Date): Date {
  const counted = id === backupFromThisRun ? now : new Date(snapshot.taken)
  return new Date(counted.getTime() + maxAge * 1000)
}

const shownAtMost = 10

/** Returns the newest candidates, and always includes `one`. */
function shownOf(candidates: readonly Candidate[], one: Candidate | undefined): Candidate[] {
  const shown = [...candidates].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, shownAtMost)
  return one && !shown.includes(one) ? [one, ...shown.slice(0, shownAtMost - 1)] : shown
}
