// The gate's page in a job's summary: the verdict, the migrations, the backups looked at, and what to do.
import type { Candidate, Decision, GateChange, GateVerdict } from '../domain/gate.ts'
import { ageText } from '../domain/gate-faults.ts'
import type { MigrationFile } from '../domain/migrations/find-migrations.ts'
import { plainText } from '../domain/plain-text.ts'
import type { SummaryPart } from './summary.ts'

/** Migrations named one by one. */
export const listedAtMost = 50

/** Tool, state and file; an `!` marks one that the base already has. */
export function migrationRow({ tool, state, path, from, applied }: MigrationFile): string[] {
  const moved = from === undefined ? plainText(path) : `${plainText(from)} -> ${plainText(path)}`
  return [tool, applied ? `${state}!` : state, moved]
}

/** Id, age, and everything that speaks against it. */
export function candidateRow({ id, ageSeconds, faults }: Candidate, accepted: string | undefined): string[] {
  const passes = id === accepted ? 'passes' : 'passes too'
  return [
    id,
    ageText(ageSeconds),
    faults.length === 0 ? passes : faults.map(({ sentence }) => plainText(sentence)).join('; '),
  ]
}

const headings: Readonly<Record<GateVerdict, string>> = {
  'not-needed': 'No backup is needed',
  allowed: 'The migration may go ahead',
  refused: 'The migration may not go ahead',
}

interface Followed {
  readonly warnings: readonly string[]
  readonly remedy: readonly string[]
  readonly pin?: { readonly reason: string; readonly until: string }
}

export function decisionSummary(decision: Decision, { pin, remedy, warnings: later }: Followed): SummaryPart[] {
  const { verdict, reason, change, candidates, accepted } = decision
  return [
    { kind: 'heading', text: headings[verdict] },
    { kind: 'paragraph', text: `${plainText(reason)}.` },
    ...(accepted ? [factsOf(accepted.until, pin)] : []),
    ...changeSummary(change),
    ...(candidates.length > 0 ? [candidateTable(candidates, accepted?.id)] : []),
    ...warningList([...decision.warnings, ...later]),
    ...remedyParts(remedy),
  ]
}

export function warningList(warnings: readonly string[]): SummaryPart[] {
  if (warnings.length === 0) return []
  return [{ kind: 'checklist', items: warnings.map((text) => ({ text: plainText(text), state: 'warning' })) }]
}

function remedyParts(remedy: readonly string[]): SummaryPart[] {
  if (remedy.length === 0) return []
  return [
    { kind: 'paragraph', text: 'To pass the gate, run in a terminal:' },
    { kind: 'code', text: remedy.join('\n'), language: 'sh' },
  ]
}

function factsOf(until: Date, pin: Followed['pin']): SummaryPart {
  const rows: [string, string][] = [['good until', `${until.toISOString().slice(0, 16)}Z`]]
  if (pin) rows.push(['pinned until', `${pin.until} (${pin.reason})`])
  return { kind: 'facts', rows }
}

/** A table of the migrations; nothing where there are none. */
export function changeSummary(change: GateChange | undefined): SummaryPart[] {
  if (!change) return [{ kind: 'paragraph', text: 'No base was given, so the change is assumed to have migrations.' }]
  const { migrations } = change
  if (migrations.length === 0) return []
  const rows = migrations.slice(0, listedAtMost).map(migrationRow)
  const table: SummaryPart = { kind: 'table', head: ['Tool', 'State', 'Migration'], rows }
  const more = migrations.length - listedAtMost
  return more > 0 ? [table, { kind: 'paragraph', text: `and ${more} more` }] : [table]
}

function candidateTable(candidates: readonly Candidate[], accepted: string | undefined): SummaryPart {
  return {
    kind: 'table',
    head: ['Backup', 'Age', 'Verdict'],
    rows: candidates.map((each) => candidateRow(each, accepted)),
  }
}
