// Help texts, generated from the tables that parse the command line.
import type { Command } from '../../commands/command.ts'
import type { Registry } from '../../commands/registry.ts'
import { failureKinds } from '../../domain/failures/failure-kinds.ts'
import { fallbackText, flagText } from '../../inputs/describe.ts'
import type { InputRow, InputTable } from '../../inputs/kinds.ts'
import { columns, wrap } from '../../report/wrap.ts'
import { hostInputs } from './host-inputs.ts'

/** Groups of inputs that most commands accept. Help of a command lists them; `resguardo help shared` describes them. */
const sharedGroups: ReadonlySet<string> = new Set(['Stores', 'GitHub', 'Signatures', 'Record', 'Every command'])

/** Text of `resguardo --help`: every command with its summary. */
export function overviewHelp(registry: Registry, width: number): string {
  const commands = Object.entries(registry).map(([name, { summary }]) => [name, summary] as const)
  return sections(
    wrap('Resguardo: backups of PostgreSQL and Redis, proven by test restores.', width),
    'Usage: resguardo COMMAND [KIND] [BACKUP] [--flags]',
    `Commands\n${columns(commands, width)}`,
    flagsOf(hostInputs, width),
    exitCodes(width),
    `More help\n${columns(moreHelp, width)}`,
  )
}

const moreHelp = [
  ['resguardo COMMAND --help', 'Flags of a command, with defaults and environment variables'],
  ['resguardo COMMAND KIND --help', 'The same for one kind of backup: platform, tenant, redis or all'],
  ['resguardo help shared', 'Flags that most commands take: stores, signatures, the record of runs'],
  ['resguardo completion SHELL', 'Print a completion script for bash, zsh or fish'],
] as const

/** Text of `resguardo COMMAND [KIND] --help`: the inputs that apply to the kind, or to the default kind. */
export function commandHelp(command: Command, width: number, kind = defaultKind(command)): string {
  const applicable = inputsOfKind(command.inputs, kind)
  const groups = Object.groupBy(Object.entries(applicable), ([, { group }]) =>
    sharedGroups.has(group ?? '') ? 'shared' : 'own',
  )
  const title = ['resguardo', command.name, ...(kind === undefined ? [] : [kind])].join(' ')
  const examples = command.examples.filter((line) => kindOfExample(command, line) === kind)
  return sections(
    wrap(`${title}: ${command.kinds?.[kind ?? ''] ?? command.summary}`, width),
    wrap(`Usage: ${usageOf(command)}`, width, '  '),
    otherKinds(command, kind, width),
    flagsOf(Object.fromEntries(groups.own ?? []), width),
    sharedNames({ ...Object.fromEntries(groups.shared ?? []), ...hostInputs }, width),
    examples.length > 0
      ? `Examples\n${examples.map((line) => wrap(`  resguardo ${line}`, width, '    ')).join('\n')}`
      : '',
  )
}

/** Text of `resguardo help shared`: the inputs that most commands accept. */
export function sharedHelp(commands: readonly Command[], width: number): string {
  const rows = commands
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { group }]) => sharedGroups.has(group ?? ''))
  const table = Object.fromEntries(rows.toReversed())
  return sections(flagsOf(table, width), flagsOf(hostInputs, width))
}

/** `resguardo restore [KIND] [BACKUP] [--flags]`. */
export function usageOf({ name, positional = [] }: Pick<Command, 'name' | 'positional'>): string {
  return ['resguardo', name, ...positional.map((input) => `[${input.toUpperCase()}]`), '[--flags]'].join(' ')
}

/** Returns the default kind of a command that has kinds; the first kind if the command determines it. */
function defaultKind({ inputs, kinds = {} }: Command): string | undefined {
  return typeof inputs.kind?.fallback === 'string' ? inputs.kind.fallback : Object.keys(kinds)[0]
}

/** Returns the kind of an example: the word after its command, or the default. */
function kindOfExample(command: Command, line: string): string | undefined {
  const second = line.split(' ')[1] ?? ''
  return Object.hasOwn(command.kinds ?? {}, second) ? second : defaultKind(command)
}

/** Returns the inputs of this kind, with their help for it. Inputs of only this kind come first. */
function inputsOfKind(inputs: InputTable, kind: string | undefined): InputTable {
  if (kind === undefined) return inputs
  const applicable = Object.entries(inputs)
    .filter(([name, { onlyFor }]) => name !== 'kind' && (onlyFor === undefined || onlyFor.includes(kind)))
    .sort(([, a], [, b]) => Number(b.onlyFor?.length === 1) - Number(a.onlyFor?.length === 1))
  return Object.fromEntries(applicable.map(([name, row]) => [name, { ...row, ...row.help?.[kind] } as InputRow]))
}

function otherKinds({ name, kinds = {} }: Command, kind: string | undefined, width: number): string {
  const others = Object.entries(kinds).filter(([each]) => each !== kind)
  if (others.length === 0) return ''
  return `Other kinds\n${columns(
    others.map(([each, summary]) => [`resguardo ${name} ${each} --help`, summary] as const),
    width,
  )}`
}

function sharedNames(table: InputTable, width: number): string {
  const groups = Map.groupBy(Object.entries(table), ([, { group = '' }]) => group)
  const rows = [...groups].map(([group, rows]) => [group, rows.map(([name]) => `--${name}`).join(' ')] as const)
  return `Shared flags (resguardo help shared)\n${columns(rows, width)}`
}

function sections(...parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function exitCodes(width: number): string {
  const rows = Object.values(failureKinds).map(({ exitCode, meaning }) => [String(exitCode), meaning] as const)
  return `Exit codes\n${columns([['0', 'done'], ...rows], width)}`
}

function flagsOf(table: InputTable, width: number): string {
  const groups = Map.groupBy(Object.entries(table), ([, { group = 'Flags' }]) => group)
  return [...groups]
    .map(([group, rows]) => {
      const lines = rows.map(([name, row]) => [flagText(name, row), `${row.summary}${particulars(row)}`] as const)
      return `${group}\n${columns(lines, width)}`
    })
    .join('\n\n')
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
