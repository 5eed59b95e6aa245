// Texts of the gate's reasons and warnings.
import type { AcceptedBackup, Candidate, GateChange, GatePolicy } from '../../domain/gate/gate.ts'
import { ageText } from '../../domain/gate/gate-faults.ts'
import { plural } from '../../domain/text/plural.ts'
import type { Store } from '../../ports/common.ts'

/** Warnings about a change, whatever the verdict is. Whole sentences. */
export function changeWarnings(change: GateChange): string[] {
  const { edited, pullRequest, migrations, unrecognized } = change
  return [
    ...(migrations.length === 0 && unrecognized.length > 0 ? [unrecognizedSentence(unrecognized)] : []),
    ...(edited > 0
      ? [`The change ${editedSentence(change)}: a database that has applied it will not apply it again.`]
      : []),
    ...(pullRequest ? [sharedHeadSentence(pullRequest, migrations.length)] : []),
  ]
}

/** The verdict "no migrations" depends on rules about paths, which can miss a migration. */
function unrecognizedSentence(paths: readonly string[]): string {
  const more = paths.length > 1 ? ` and ${paths.length - 1} more` : ''
  return `A changed file matches no pattern for migrations, although its path contains "migrat": ${JSON.stringify(paths[0])}${more}. If it changes the database, list it in the input migrations.`
}

function sharedHeadSentence({ number, base }: NonNullable<GateChange['pullRequest']>, migrations: number): string {
  const found = plural(migrations, 'migration')
  return `Pull request #${number} has the same head commit and adds ${found} to ${JSON.stringify(base)}; it decides the verdict.`
}

/** `edited a migration that its base already has: "migrations/1.js" and 2 more`. */
export function editedSentence({ migrations, edited }: GateChange): string {
  const first = migrations.find(({ applied }) => applied)
  const more = edited > 1 ? ` and ${edited - 1} more` : ''
  return `${first?.state} a migration that its base already has: ${JSON.stringify(first?.from ?? first?.path)}${more}`
}

/** `incomplete`: a rehearsal was requested, and ended without a result. */
export type RehearsalResult = 'passed' | 'failed' | 'setup-failed' | 'incomplete' | 'not-run'

/** Why a rehearsal refuses the migration; undefined if it does not. A requested one without a result refuses it. */
export function rehearsalReason(result: RehearsalResult | undefined): string | undefined {
  if (result === 'failed') return 'the rehearsal of the migration on restored data failed'
  if (result === 'setup-failed') return 'the migration was not rehearsed: the setup command of the rehearsal failed'
  return result === 'incomplete' ? 'the migration was not rehearsed: the rehearsal ended without a result' : undefined
}

/** Warnings about a match of backup and database by name only. Whole sentences. */
export function identityWarnings({ identity, name }: AcceptedBackup): string[] {
  if (identity === 'server') return []
  const by = identity === 'backup-name' ? `name of the backup (${name})` : 'name of the database'
  return [`The backup was matched to the database by the ${by} only, not by the system identifier of the server.`]
}

export function allowedReason(
  { id, ageSeconds, stores }: AcceptedBackup,
  { requireDrill, backupFromThisRun }: GatePolicy,
): string {
  const parts = [
    ageText(ageSeconds),
    ...(requireDrill ? ['proven by a drill'] : []),
    ...(id === backupFromThisRun ? ['made for this change'] : []),
  ]
  return `${id} is ${parts.join(', ')}, in ${stores.join(' and ')}`
}

export function refusedReason({ id, faults }: Candidate): string {
  return `no backup meets the requirements; the best one is ${id}: ${faults.map(({ sentence }) => sentence).join('; ')}`
}

export function emptyReason(name: string | undefined, stores: readonly Store[]): string {
  return `there is no backup${name === undefined ? '' : ` named ${name}`} in ${stores.map(({ address }) => address).join(', ')}`
}
