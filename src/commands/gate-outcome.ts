// The gate's verdict for people and programs: outputs, lines and document.
import { Failure } from '../domain/failure.ts'
import type { Decision, GateChange } from '../domain/gate.ts'
import { gateContext } from '../domain/gate-status.ts'
import { plainText } from '../domain/plain-text.ts'
import { plural } from '../domain/plural.ts'
import type { Expiry } from '../operations/gate-status.ts'
import type { Outcome } from './command.ts'
import { failureFields } from './failure-fields.ts'
import { type GateMeans, whatToDo } from './gate-remedy.ts'
import {
  candidateRow,
  changeSummary,
  decisionSummary,
  listedAtMost,
  migrationRow,
  warningList,
} from './gate-summary.ts'
import { textTable } from './text-table.ts'

export const outputsOfGate = {
  verdict: 'not-needed, allowed or refused',
  reason: 'Reason for the verdict, in one sentence',
  'backup-id': 'ID of the accepted backup',
  'age-seconds': 'Age of the data of the accepted backup, in seconds',
  migrations: 'Number of migrations that the change adds or modifies; empty if no base was given',
  edited: 'Number of those migrations that the base already has',
  tools: 'Migration tools of the change, comma-separated',
  'may-back-up':
    'With announce: true if a backup may be made for this commit; a fork or Dependabot needs the label on the pull request',
  expired: 'With expire: number of statuses turned red',
  unasked: 'With expire: number of commits that got a pending status because no run asked for a verdict',
} as const

type GateOutcome = Outcome<typeof outputsOfGate>

/** A decision and what followed from it. */
export interface GateDone {
  readonly decision: Decision
  /** Of what followed; whole sentences. */
  readonly warnings: readonly string[]
  readonly pin?: { readonly reason: string; readonly until: string }
  /** Commit on which the status was posted. */
  readonly posted?: string
  /** Why it could not be. */
  readonly unposted?: Failure
}

const nothing = {
  verdict: undefined,
  reason: undefined,
  'backup-id': undefined,
  'age-seconds': undefined,
  migrations: undefined,
  edited: undefined,
  tools: undefined,
  'may-back-up': undefined,
  expired: undefined,
  unasked: undefined,
}

/** Refused, or a status that was not posted: both are failures, so that no job goes on. */
export function gateOutcome(done: GateDone, means: GateMeans): GateOutcome {
  const { decision, unposted, pin } = done
  const { verdict, reason, change, accepted } = decision
  const remedy = verdict === 'refused' ? whatToDo(decision, means) : []
  const failure = verdict === 'refused' ? refusal(decision, remedy) : unposted
  return {
    outputs: {
      ...nothing,
      ...changeOutputs(change),
      verdict,
      reason: plainText(reason),
      'backup-id': accepted?.id,
      'age-seconds': accepted && Math.round(accepted.ageSeconds),
    },
    lines: [...changeLines(change), ...candidateLines(decision), ...verdictLines(done), ...remedyLines(remedy)],
    document: documentOf(done, remedy),
    summary: decisionSummary(decision, { warnings: done.warnings, remedy, ...(pin && { pin }) }),
    ...(failure && { failure }),
  }
}

function refusal({ reason, refusedFor }: Decision, remedy: readonly string[]): Failure {
  const instead =
    refusedFor === 'rehearsal'
      ? 'Correct what failed; the summary of the rehearsal names the error.'
      : 'Add a new migration instead of changing one that the base already has.'
  const hint = remedy.length > 0 ? `Run: ${remedy.join(' && ')}` : instead
  return new Failure('gate/blocked', `the migration may not go ahead: ${plainText(reason)}`, { hint })
}

function changeOutputs(change: GateChange | undefined) {
  return { migrations: change?.migrations.length, edited: change?.edited, tools: change?.tools.join(',') }
}

function changeLines(change: GateChange | undefined): string[] {
  if (!change) return ['No base was given, so the change is assumed to have migrations.']
  const { migrations, files } = change
  const more = migrations.length - listedAtMost
  return [
    `${plural(migrations.length, 'migration')} among ${plural(files, 'changed file')}${migrations.length > 0 ? ':' : '.'}`,
    ...(migrations.length > 0
      ? textTable(['TOOL', 'STATE', 'FILE'], migrations.slice(0, listedAtMost).map(migrationRow))
      : []),
    ...(more > 0 ? [`and ${more} more`] : []),
  ]
}

function candidateLines({ candidates, accepted }: Decision): string[] {
  if (candidates.length === 0) return []
  const rows = candidates.map((each) => candidateRow(each, accepted?.id))
  return ['', ...textTable(['BACKUP', 'AGE', 'VERDICT'], rows)]
}

function verdictLines({ decision: { verdict, reason }, pin, posted }: GateDone): string[] {
  return [
    '',
    `${verdict.toUpperCase()}: ${plainText(reason)}.`,
    ...(pin ? [`Pinned until ${pin.until}: ${pin.reason}`] : []),
    ...(posted === undefined ? [] : [`Posted as ${gateContext} on ${posted}`]),
  ]
}

function remedyLines(remedy: readonly string[]): string[] {
  return remedy.length === 0 ? [] : ['', 'To pass the gate, run:', ...remedy.map((line) => `  ${line}`)]
}

function documentOf({ decision, warnings, pin, posted, unposted }: GateDone, remedy: readonly string[]): object {
  const { verdict, reason, change, accepted, candidates } = decision
  return {
    verdict,
    reason,
    change: change ?? null,
    backup: accepted ? { ...accepted, until: accepted.until.toISOString() } : null,
    candidates,
    warnings: [...decision.warnings, ...warnings],
    pin: pin ?? null,
    status: posted === undefined ? null : { context: gateContext, sha: posted },
    ...(unposted && { statusError: failureFields(unposted) }),
    remedy,
  }
}

/** For `changes-only`. */
export function changesOutcome(change: GateChange, warnings: readonly string[]): GateOutcome {
  const { migrations, files } = change
  const found = migrations.length === 0 ? 'no migrations' : plural(migrations.length, 'migration')
  const reason = `${found} among ${plural(files, 'changed file')}`
  const verdict = migrations.length === 0 ? 'not-needed' : undefined
  return {
    outputs: { ...nothing, ...changeOutputs(change), verdict, reason },
    lines: changeLines(change),
    document: { change, warnings },
    summary: [{ kind: 'heading', text: reason }, ...changeSummary(change), ...warningList(warnings)],
  }
}

/** For `announce`. */
export function announced({ sha, mayBackUp }: { readonly sha: string; readonly mayBackUp: boolean }): GateOutcome {
  const said = mayBackUp
    ? 'A backup may be made for this commit.'
    : 'No backup is made for this commit until a maintainer adds the label.'
  return {
    outputs: { ...nothing, 'may-back-up': mayBackUp },
    lines: [`Posted ${gateContext} as pending on ${sha}`, said],
    document: { status: { context: gateContext, sha }, mayBackUp },
    summary: [{ kind: 'paragraph', text: `${gateContext} is pending on ${sha}. ${said}` }],
  }
}

/** For `expire`. */
export function expiryOutcome({ expired, unasked, looked, failure }: Expiry): GateOutcome {
  const rows = expired.map(({ pullRequests, sha, id }) => [
    pullRequests.map((n) => `#${n}`).join(' '),
    sha.slice(0, 12),
    id ?? 'none',
  ])
  const waiting = unasked.flatMap(({ pullRequests }) => pullRequests.map((number) => `#${number}`))
  const red = `${plural(expired.length, 'status', 'statuses')} turned red at the heads of ${plural(looked, 'open pull request')}.`
  const said =
    waiting.length === 0
      ? red
      : `${red} No run asked for a verdict on ${waiting.join(' ')}: pending until somebody approves it.`
  const head = ['Pull requests', 'Commit', 'Backup']
  return {
    outputs: { ...nothing, expired: expired.length, unasked: unasked.length },
    lines: [
      said,
      ...(rows.length > 0
        ? textTable(
            head.map((title) => title.toUpperCase()),
            rows,
          )
        : []),
    ],
    document: { expired, unasked, looked },
    summary: [{ kind: 'paragraph', text: said }, ...(rows.length > 0 ? [{ kind: 'table' as const, head, rows }] : [])],
    ...(failure && { failure }),
  }
}
