// Looks through backups until one passes, reading as few manifests as that takes.
import { backupNameOf } from '../../domain/backups/backup-name.ts'
import { bestOf, type Candidate, type GatePolicy, type WantedDatabase } from '../../domain/gate/gate.ts'
import type { ManifestQuestion } from '../../domain/gate/gate-faults.ts'
import { formatDuration } from '../../domain/text/quantities.ts'
import type { Found } from '../catalogue/find-backup.ts'
import { type Evaluated, type EvaluationTools, evaluateBackup, evaluateNames } from './evaluate-backup.ts'

type Copies = readonly Found[]

/** The one made for this change first, then those of the database's usual name; newest first, as the groups come. */
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
 * Until one passes: only what has a manifest that was read can. Manifests are read of those that names do not rule out,
 * and of the best one where none passes, so that all that it lacks is reported.
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
  const accepted = await lookAgain(groups, judged, question, tools)
  return { judged, ...(accepted && { accepted }) }
}

const lookedAtAgain = 10

/**
 * Reads the manifest of the best one that was judged by its names, and so on until the best one is known in full: its
 * manifest may say that it is of another database, and what to do is known from it. Replaces what it learns in `judged`.
 */
async function lookAgain(
  groups: readonly Copies[],
  judged: Evaluated[],
  question: ManifestQuestion,
  tools: EvaluationTools,
): Promise<Evaluated | undefined> {
  const known = new Set(judged.filter(({ manifest }) => manifest))
  for (let times = 0; times < lookedAtAgain; times += 1) {
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
 * Seconds that may pass between a run's start, which is in the id, and its snapshot: it may wait for another run, and
 * for locks.
 */
const longestWait = 86_400

function isHopeful({ id, ageSeconds, faults }: Candidate, { maxAge, backupFromThisRun }: GatePolicy): boolean {
  return faults.length === 0 && (id === backupFromThisRun || ageSeconds <= maxAge + longestWait)
}

/** Never without a fault: what was not read does not pass. */
function notRead(judged: Evaluated, { policy }: ManifestQuestion): Evaluated {
  const { candidate } = judged
  const old = { kind: 'old' as const, sentence: `it was started ${formatDuration(candidate.ageSeconds)} ago` }
  const unread = { kind: 'not-read' as const, sentence: `it was not examined: ${manifestsRead} newer backups were` }
  const isOld = candidate.ageSeconds > policy.maxAge
  const more = isOld ? [old] : candidate.faults.length === 0 ? [unread] : []
  return { ...judged, candidate: { ...candidate, faults: [...candidate.faults, ...more] } }
}
