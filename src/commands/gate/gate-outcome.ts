// The outcomes of `migration-gate`.

import { Failure } from '../../domain/failures/failure.ts'
import type { Decision, GateChange } from '../../domain/gate/gate.ts'
import { gateContext } from '../../domain/gate/gate-status.ts'
import { type CommandLine, commandText } from '../../domain/text/command-line.ts'
import { plainText } from '../../domain/text/plain-text.ts'
import type { Expiry } from '../../operations/gate/gate-status.ts'
import type { Outcome } from '../command.ts'
import { failureFields } from '../failure-fields.ts'
import { type GateMeans, whatToDo } from './gate-remedy.ts'
import { announcementReport, changesReport, changeText, decisionReport, expiryReport } from './gate-report.ts'

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
  unasked: 'With expire: number of commits that got a pending status because no run requested a verdict',
} as const

type GateOutcome = Outcome<typeof outputsOfGate>

/** A decision, and the results of the pin and the status. */
export interface GateDone {
  readonly decision: Decision
  /** Warnings of the pin; whole sentences. */
  readonly warnings: readonly string[]
  readonly pin?: { readonly reason: string; readonly until: string }
  /** Commit on which the status was posted. */
  readonly posted?: string
  /** Why the status could not be posted. */
  readonly unposted?: Failure
}

/** Sets a failure if the migration is refused or the status was not posted, so that the job stops. */
export function gateOutcome(done: GateDone, means: GateMeans): GateOutcome {
  const { decision, unposted } = done
  const { verdict, reason, change, accepted } = decision
  const remedy = verdict === 'refused' ? whatToDo(decision, means) : []
  const failure = verdict === 'refused' ? refusal(decision, remedy) : unposted
  return {
    outputs: {
      ...changeOutputs(change),
      verdict,
      reason: plainText(reason),
      'backup-id': accepted?.id,
      'age-seconds': accepted && Math.round(accepted.ageSeconds),
    },
    report: decisionReport(done, remedy),
    document: documentOf(done, remedy),
    ...(failure && { failure }),
  }
}

function refusal({ reason, refusedFor }: Decision, remedy: readonly CommandLine[]): Failure {
  const instead =
    refusedFor === 'rehearsal'
      ? 'Correct what failed; the summary of the rehearsal names the error.'
      : 'Add a new migration instead of changing one that the base already has.'
  const hint = remedy.length > 0 ? `Run: ${remedy.map(commandText).join(' && ')}` : instead
  return new Failure('gate/blocked', `the migration may not go ahead: ${plainText(reason)}`, { hint })
}

function changeOutputs(change: GateChange | undefined) {
  return { migrations: change?.migrations.length, edited: change?.edited, tools: change?.tools.join(',') }
}

function documentOf({ decision, warnings, pin, posted, unposted }: GateDone, remedy: readonly CommandLine[]): object {
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
    remedy: remedy.map(commandText),
  }
}

/** The outcome of `changes-only`. */
export function changesOutcome(change: GateChange, warnings: readonly string[]): GateOutcome {
  const verdict = change.migrations.length === 0 ? 'not-needed' : undefined
  return {
    outputs: { ...changeOutputs(change), verdict, reason: changeText(change) },
    report: changesReport(change),
    document: { change, warnings },
  }
}

/** The outcome of `announce`. */
export function announced({ sha, mayBackUp }: { readonly sha: string; readonly mayBackUp: boolean }): GateOutcome {
  return {
    outputs: { 'may-back-up': mayBackUp },
    report: announcementReport({ sha, mayBackUp }),
    document: { status: { context: gateContext, sha }, mayBackUp },
  }
}

/** The outcome of `expire`. */
export function expiryOutcome(expiry: Expiry): GateOutcome {
  const { expired, unasked, looked, failure } = expiry
  return {
    outputs: { expired: expired.length, unasked: unasked.length },
    report: expiryReport(expiry),
    document: { expired, unasked, looked },
    ...(failure && { failure }),
  }
}
