// The output of a soak: a line for each round, its findings, and a table at the end.
import type { Finding } from './check-round.ts'
import type { RoundResult } from './run-round.ts'

/** The seed of a round, and the flags that choose its command and signal. */
interface RoundChoice {
  readonly seed: number
  readonly only: string | undefined
  readonly signal?: NodeJS.Signals | undefined
}

/** Returns the command that repeats a round. */
export function repeatCommand({ seed, only, signal }: RoundChoice): string {
  const choice = [
    ...(only === undefined ? [] : [`--only '${only}'`]),
    ...(signal === undefined ? [] : [`--signal ${signal}`]),
  ]
  return ['./scripts/soak --rounds 1 --seed', seed, ...choice].join(' ')
}

/** Returns one line per round, and one per finding with the command that repeats the round. */
export function roundLines(result: RoundResult, choice: RoundChoice & { readonly round: string }): string[] {
  const { command, kill, phase, end, seconds, left, findings } = result
  const what =
    end !== 'killed'
      ? { finished: 'finished before', failed: 'the harness failed' }[end]
      : `in "${phase}"${seconds === undefined || kill.startsWith('SIGKILL') ? '' : `, ended in ${seconds.toFixed(1)} s`}`
  const line = `${choice.round} ${command}: ${kill}, ${what}${left.length > 0 ? `; left ${counts(left)}` : ''}`
  if (findings.length === 0) return [`${line}: ok`]
  return [
    `${line}: FINDINGS`,
    ...[...Map.groupBy(findings, ({ kind }) => kind)].flatMap(([kind, found]) => firstOf(kind, found)),
    `    repeat: ${repeatCommand(choice)}`,
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
    ({ command, phase, end }) => `${command}\0${end === 'killed' ? phase : `(${end})`}`,
  )
  const rows = [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, group]) => {
      const [command = '', phase = ''] = key.split('\0')
      const [killed, finished] = ['killed', 'finished'].map((each) => group.filter(({ end }) => end === each).length)
      const findings = group.reduce((sum, each) => sum + each.findings.length, 0)
      return [command, phase, killed, finished, counts(group.flatMap(({ left }) => left)) || '-', findings].map(String)
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
