// Examines backups until one passes, and reads as few manifests as possible.
import { backupNameOf } from '../../domain/backups/backup-name.ts'
import { bestOf, type Candidate, type GatePolicy, type WantedDatabase } from '../../domain/gate/gate.ts'
import type { ManifestQuestion } from '../../domain/gate/gate-faults.ts'
import { formatDuration } from '../../domain/text/quantities.ts'
import type { Found } from '../catalogue/find-backup.ts'
import { type Evaluated, type EvaluationTools, evaluateBackup, evaluateNames } from './evaluate-backup.ts'

type Copies = readonly Found[]

/** Orders groups: the backup made for this change, then backups with the database's default name, then others. */
export function inOrder(
  groups: readonly Copies[],
  backupFromThisRun: string | undefined,
  { database }: WantedDatabase,
): Copies[] {
  const usual = database === undefined ? undefined : backupNameOf(database)
  const rank = ([first]: Copies): number =>
    first?.entry.id.text === backupFromThisRun ? 0 : first?.entry.name === usual ? 1 : 2
  return [...groups].sort((a, b) => rank(a) - rank(b))
}

const manifestsRead = 20

/**
 * Examines groups in order until one passes. Only a backup whose manifest was read can pass. Reads manifests only of
 * backups that their names do not rule out. If none passes, also reads that of the best one, to report all its faults.
 */
export async function search(
  groups: readonly Copies[],
  question: ManifestQuestion,
  tools: EvaluationTools,
): Promise<{ readonly judged: readonly Evaluated[]; readonly accepted?: Evaluated }> {
  const judged: Evaluated[] = []
  let read = 0
  for (const copies of groups) {
    const byName = evaluateNames(copies, question)
    const mayRead = isHopeful(byName.candidate, question.policy) && read < manifestsRead
    if (mayRead) read += 1
    const each = mayRead ? await evaluateBackup(copies, question, tools) : notRead(byName, question)
    judged.push(each)
    if (passes(each)) return { judged, accepted: each }
  }
  const accepted = await evaluateBest(groups, judged, question, tools)
  return { judged, ...(accepted && { accepted }) }
}

const maxEvaluations = 10

/**
 * Reads the manifest of the best candidate that was evaluated by names only, until the best one is fully evaluated: its
 * manifest may name another database, which changes the remedy. Updates `judged`. Returns a backup that passes.
 */
async function evaluateBest(
  groups: readonly Copies[],
  judged: Evaluated[],
  question: ManifestQuestion,
  tools: EvaluationTools,
): Promise<Evaluated | undefined> {
  const known = new Set(judged.filter(({ manifest }) => manifest))
  for (let times = 0; times < maxEvaluations; times += 1) {
    const best = bestOf(judged.map(({ candidate }) => candidate))
    const at = judged.findIndex(({ candidate }) => candidate === best)
    const [old, copies] = [judged[at], groups[at]]
    if (!old || !copies || known.has(old)) return undefined
    const again = await evaluateBackup(copies, question, tools)
    judged[at] = again
    known.add(again)
    if (passes(again)) return again
  }
  return undefined
}

function passes({ manifest, candidate }: Evaluated): boolean {
  return manifest !== undefined && candidate.faults.length === 0
}

/**
 * Maximum seconds between the start of a run (the time in its ID) and its snapshot: a run may wait for another run, and
 * for locks.
 */
const longestWait = 86_400

function isHopeful({ id, ageSeconds, faults }: Candidate, { maxAge, backupFromThisRun }: GatePolicy): boolean {
  return faults.length === 0 && (id === backupFromThisRun || ageSeconds <= maxAge + longestWait)
}

/** Ensures at least one fault: a backup whose manifest was not read does not pass. */
function notRead(judged: Evaluated, { policy }: ManifestQuestion): Evaluated {
  const { candidate } = judged
  const old = { kind: 'old' as const, sentence: `it was started ${formatDuration(candidate.ageSeconds)} ago` }
  const unread = { kind: 'not-read' as const, sentence: `it was not examined: ${manifestsRead} newer backups were` }
  const isOld = candidate.ageSeconds > policy.maxAge
  const more = isOld ? [old] : candidate.faults.length === 0 ? [unread] : []
  return { ...judged, candidate: { ...candidate, faults: [...candidate.faults, ...more] } }
}
