// The output of a soak: a line for each round, its findings, and a table at the end.
import type { Finding } from './judge.ts'
import type { RoundResult } from './round.ts'

/** Returns the command that repeats a round. */
export function repeatCommand(seed: number, only: string | undefined): string {
  return `./scripts/soak --rounds 1 --seed ${seed}${only === undefined ? '' : ` --only '${only}'`}`
}

/** Returns one line per round, and one per finding with the command that repeats the round. */
export function roundLines(
  result: RoundResult,
  place: { round: string; seed: number; only: string | undefined },
): string[] {
  const { command, kill, phase, fate, left, findings } = result
  const what = fate === 'finished' ? 'finished before' : `in "${phase}"`
  const line = `${place.round} ${command}: ${kill}, ${what}${left.length > 0 ? `; left ${counts(left)}` : ''}`
  if (findings.length === 0) return [`${line}: ok`]
  return [
    `${line}: FINDINGS`,
    ...[...Map.groupBy(findings, ({ kind }) => kind)].flatMap(([kind, found]) => firstOf(kind, found)),
    `    repeat: ${repeatCommand(place.seed, place.only)}`,
  ]
}

const shown = 5

function firstOf(kind: string, found: readonly Finding[]): string[] {
  const more = found.length > shown ? [`    ${kind}: and ${found.length - shown} more`] : []
  return [...found.slice(0, shown).map(({ text }) => `    ${kind}: ${text}`), ...more]
}

/** `temporary 12, database 1`. */
function counts(left: readonly Finding[]): string {
  const kinds = Map.groupBy(left, ({ kind }) => kind)
  return [...kinds].map(([kind, found]) => `${kind} ${found.length}`).join(', ')
}

/** Returns rows by command and phase: killed rounds, rounds that finished before the kill, leftovers and findings. */
export function summaryTable(results: readonly RoundResult[]): string[] {
  const groups = Map.groupBy(
    results,
    ({ command, phase, fate }) => `${command}\0${fate === 'finished' ? '(finished)' : phase}`,
  )
  const rows = [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, group]) => {
      const [command = '', phase = ''] = key.split('\0')
      const killed = group.filter(({ fate }) => fate === 'killed').length
      const findings = group.reduce((sum, each) => sum + each.findings.length, 0)
      return [
        command,
        phase,
        killed,
        group.length - killed,
        counts(group.flatMap(({ left }) => left)) || '-',
        findings,
      ].map(String)
    })
  const table = [['command', 'phase', 'killed', 'finished', 'left by the kill', 'findings'], ...rows]
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
