// Help, made from the same tables that parse the command line.
import type { Command } from '../../commands/command.ts'
import type { Registry } from '../../commands/registry.ts'
import { failureKinds } from '../../domain/failure-kinds.ts'
import { fallbackText, flagText } from '../../inputs/describe.ts'
import type { InputRow, InputTable } from '../../inputs/kinds.ts'
import { hostInputs } from './host-inputs.ts'
import { columns, wrap } from './wrap.ts'

/** What `resguardo --help` prints: every command with its summary. */
export function overviewHelp(registry: Registry, width: number): string {
  const commands = Object.entries(registry).map(([name, { summary }]) => [name, summary] as const)
  return sections(
    wrap('Resguardo: backups of PostgreSQL and Redis, proven by test restores.', width),
    'Usage: resguardo COMMAND [--flags]',
    `Commands\n${columns(commands, width)}`,
    flagsOf(hostInputs, width),
    exitCodes(width),
    wrap('resguardo COMMAND --help shows every flag of a command, with its default and its environment variable.', width),
  )
}

/** What `resguardo COMMAND --help` prints. */
export function commandHelp(command: Command, width: number): string {
  return sections(
    wrap(`resguardo ${command.name}: ${command.summary}`, width),
    `Usage: ${usageOf(command)}`,
    flagsOf(command.inputs, width),
    flagsOf(hostInputs, width),
    exitCodes(width),
    command.examples.length > 0 ? `Examples\n${command.examples.map((line) => `  resguardo ${line}`).join('\n')}` : '',
  )
}

/** `resguardo restore [KIND] [BACKUP] [--flags]`. */
export function usageOf({ name, positional = [] }: Pick<Command, 'name' | 'positional'>): string {
  return ['resguardo', name, ...positional.map((input) => `[${input.toUpperCase()}]`), '[--flags]'].join(' ')
}

function sections(...parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function exitCodes(width: number): string {
  const rows = Object.values(failureKinds).map(({ exitCode, meaning }) => [String(exitCode), meaning] as const)
  return `Exit codes\n${columns([['0', 'done'], ...rows], width)}`
}

function flagsOf(table: InputTable, width: number): string {
  const groups = new Map<string, [string, string][]>()
  for (const [name, row] of Object.entries(table)) {
    const group = row.group ?? 'Flags'
    groups.set(group, [...(groups.get(group) ?? []), [flagText(name, row), `${row.summary}${particulars(row)}`]])
  }
  return [...groups].map(([group, rows]) => `${group}\n${columns(rows, width)}`).join('\n\n')
}

function particulars(row: InputRow): string {
  const fallback = row.kind === 'flag' ? (row.fallback ? 'on' : undefined) : fallbackText(row)
  const parts = [
    fallback === undefined ? '' : `default: ${fallback}`,
    row.kind === 'lines' ? 'may be given several times' : '',
    row.environment ? `environment: ${row.environment.join(', ')}` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? '' : ` [${parts.join('; ')}]`
}
