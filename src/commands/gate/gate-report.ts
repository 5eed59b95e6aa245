// The reports of the gate: verdict, migrations, examined backups, and what to do.

import type { Candidate, Decision, GateChange, GateVerdict } from '../../domain/gate/gate.ts'
import { ageText } from '../../domain/gate/gate-faults.ts'
import { gateContext } from '../../domain/gate/gate-status.ts'
import type { MigrationFile } from '../../domain/migrations/find-migrations.ts'
import type { CommandLine } from '../../domain/text/command-line.ts'
import { plural } from '../../domain/text/plural.ts'
import type { Expiry } from '../../operations/gate/gate-status.ts'
import {
  commands,
  facts,
  heading,
  type Part,
  paragraph,
  type Report,
  report,
  type State,
  table,
} from '../../report/report.ts'

const shownAtMost = 50

const verdicts: Readonly<Record<GateVerdict, readonly [title: string, state: State]>> = {
  'not-needed': ['No backup is needed', 'done'],
  allowed: ['The migration may go ahead', 'done'],
  refused: ['The migration may not go ahead', 'blocked'],
}

interface Followed {
  readonly decision: Decision
  readonly pin?: { readonly reason: string; readonly until: string }
  /** Commit on which the status was posted. */
  readonly posted?: string
}

/** `remedy`: the commands after which the gate passes. */
export function decisionReport({ decision, pin, posted }: Followed, remedy: readonly CommandLine[]): Report {
  const { verdict, reason, change, candidates, accepted } = decision
  const [title, state] = verdicts[verdict]
  return report(
    heading(title, state),
    facts([
      ['Reason', reason],
      ['Good until', accepted && `${accepted.until.toISOString().slice(0, 16)}Z`],
      ['Pinned until', pin && `${pin.until} (${pin.reason})`],
      ['Status', posted && `posted as ${gateContext} on ${posted}`],
      ['Change', verdict === 'not-needed' ? undefined : changeText(change)],
    ]),
    migrationTable(change),
    table(
      ['Backup', 'Age', 'Verdict'],
      candidates.map((each) => candidateRow(each, accepted?.id)),
    ),
    commands('To pass the gate, run in a terminal', ...remedy),
  )
}

/** `2 migrations among 5 changed files`. */
export function changeText(change: GateChange | undefined): string {
  if (!change) return 'no base was given, so the change is assumed to have migrations'
  const { migrations, files } = change
  const found = migrations.length === 0 ? 'no migrations' : plural(migrations.length, 'migration')
  return `${found} among ${plural(files, 'changed file')}`
}

function migrationTable(change: GateChange | undefined): Part {
  return table(['Tool', 'State', 'Migration'], change?.migrations.map(migrationRow) ?? [], shownAtMost)
}

/** An `!` marks a migration that the base already has. */
function migrationRow({ tool, state, path, from, applied }: MigrationFile): string[] {
  return [tool, applied ? `${state}!` : state, from === undefined ? path : `${from} -> ${path}`]
}

function candidateRow({ id, ageSeconds, faults }: Candidate, accepted: string | undefined): string[] {
  const passes = id === accepted ? 'passes' : 'passes too'
  const verdict = faults.length === 0 ? passes : faults.map(({ sentence }) => sentence).join('; ')
  return [id, ageText(ageSeconds), verdict]
}

export function changesReport(change: GateChange): Report {
  return report(heading(changeText(change)), migrationTable(change))
}

export function announcementReport({ sha, mayBackUp }: { readonly sha: string; readonly mayBackUp: boolean }): Report {
  const next = mayBackUp
    ? 'A backup may be made for this commit.'
    : 'No backup is made for this commit until a maintainer adds the label.'
  return report(paragraph(`${gateContext} is pending on ${sha}. ${next}`))
}

export function expiryReport({ expired, unasked, looked }: Expiry): Report {
  const waiting = unasked.flatMap(({ pullRequests }) => pullRequests.map((number) => `#${number}`))
  return report(
    paragraph(`${plural(expired.length, 'status', 'statuses')} turned red; head commits checked: ${looked}.`),
    waiting.length > 0 &&
      paragraph(`No run requested a verdict for ${waiting.join(' ')}: pending until the run is approved.`),
    table(
      ['Pull requests', 'Commit', 'Backup'],
      expired.map(({ pullRequests, sha, id }) => [
        pullRequests.map((number) => `#${number}`).join(' '),
        sha.slice(0, 12),
        id ?? 'none',
      ]),
    ),
  )
}
