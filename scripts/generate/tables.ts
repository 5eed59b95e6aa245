// Tables made from the commands and their inputs.
import type { Command } from '../../src/commands/command.ts'
import { failureKinds } from '../../src/domain/failures/failure-kinds.ts'
import { fallbackText, flagText } from '../../src/inputs/describe.ts'
import type { InputTable } from '../../src/inputs/kinds.ts'
import { table } from './blocks.ts'

/** Every command with its summary, linked to its part of the reference. */
export function commandTable(commands: readonly Command[]): string {
  return table(
    ['command', 'what it does'],
    commands.map(({ name, summary }) => [`[\`${name}\`](docs/reference.md#${name})`, summary]),
  )
}

/** Every environment variable, with the inputs that fall back on it. */
export function environmentTable(commands: readonly Command[]): string {
  const variables = new Map<string, { inputs: Set<string>; summary: string; fallback: string | undefined }>()
  for (const [name, row] of commands.flatMap(({ inputs }) => Object.entries(inputs))) {
    for (const variable of row.environment ?? []) {
      const known = variables.get(variable) ?? { inputs: new Set(), summary: row.summary, fallback: fallbackText(row) }
      known.inputs.add(`\`--${name}\``)
      variables.set(variable, known)
    }
  }
  return table(
    ['variable', 'flag', 'what it holds', 'default'],
    [...variables].sort().map(([variable, { inputs, summary, fallback }]) => {
      return [`\`${variable}\``, [...inputs].join(', '), summary, fallback === undefined ? '' : `\`${fallback}\``]
    }),
  )
}

/** Exit codes as the failures define them. */
export function exitCodeTable(): string {
  const rows = Object.entries(failureKinds).map(([kind, { exitCode, meaning }]) => [String(exitCode), kind, meaning])
  return table(['exit code', 'kind', 'meaning'], [['0', '', 'done'], ...rows])
}

/** The flags of one table, group by group. */
export function flagTable(inputs: InputTable): string {
  const groups = Map.groupBy(Object.entries(inputs), ([, row]) => row.group ?? '')
  const rows = [...groups.values()].flat().map(([name, row]) => {
    const fallback = row.kind === 'flag' ? String(row.fallback) : fallbackText(row)
    return [
      `\`${flagText(name, row)}\``,
      `${row.summary}${row.kind === 'lines' ? ' (may be given several times)' : ''}`,
      fallback === undefined ? '' : `\`${fallback}\``,
      (row.environment ?? []).map((variable) => `\`${variable}\``).join(', '),
    ]
  })
  return table(['flag', 'what it does', 'default', 'environment'], rows)
}
