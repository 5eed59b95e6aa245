// Joins a command with the parts that the kinds of backup add to it: choices, inputs and rules.
import { camelCase, type InputRow, type InputTable } from '../inputs/kinds.ts'
import type { KindPart } from '../ports/kind.ts'
import type { Command, World } from './command.ts'

type Lists = Pick<World, 'kinds' | 'choices'>
type Part = NonNullable<Command['part']>

/** Returns the parts of a command by the name of the kind. */
export function partsOf(part: Part, { kinds, choices }: Lists): ReadonlyMap<string, KindPart> {
  if (part === 'drill') return new Map(kinds.map(({ name, drill }) => [name, drill]))
  return new Map(choices.map((choice) => [choice.name, choice[part]]))
}

/**
 * Returns the table with the rows of all kinds after the row `kind`, and with the names of the kinds in its summary. A
 * row of the command itself stays in its place. A row that only some kinds have is marked with these kinds.
 */
export function withKindRows(table: InputTable, parts: ReadonlyMap<string, KindPart>): InputTable {
  const added = new Map([...parts.values()].flatMap(({ inputs }) => Object.entries(inputs)))
  const rows = Object.entries(table).flatMap(([name, row]) =>
    name === 'kind' ? [[name, row] as const, ...added] : [[name, row] as const],
  )
  const all = { ...Object.fromEntries(rows), ...table }
  const completed = Object.entries(all).map(([name, row]) => {
    const summary = row.summary.replace('{kinds}', () => kindsText(parts))
    return [name, applying(name, { ...row, summary }, parts)]
  })
  return Object.fromEntries(completed)
}

/** `platform (the whole database), redis or all (…)`. */
function kindsText(parts: ReadonlyMap<string, KindPart>): string {
  const texts = [...parts].map(([name, { subject }]) => (subject === undefined ? name : `${name} (${subject})`))
  return new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(texts)
}

function applying(name: string, row: InputRow, parts: ReadonlyMap<string, KindPart>): InputRow {
  const having = kindsWith(name, parts)
  return having.length === 0 || having.length === parts.size ? row : { ...row, onlyFor: having }
}

function kindsWith(name: string, parts: ReadonlyMap<string, KindPart>): string[] {
  return [...parts].flatMap(([kind, { inputs }]) => (Object.hasOwn(inputs, name) ? [kind] : []))
}

/**
 * Checks the rules of the selected kind, and that no input is set that only other kinds have. Ignores inputs that an
 * environment variable can set, because the environment is shared by all commands. `own`: inputs of the command itself.
 */
export function rulesOfKind(part: Part, values: { readonly kind: string }, lists: Lists, own: InputTable): string[] {
  const parts = partsOf(part, lists)
  const { kind } = values
  const selected = parts.get(kind)
  if (!selected) return []
  const given = new Map<string, unknown>(Object.entries(values))
  const rows = new Map([...parts.values()].flatMap(({ inputs }) => Object.entries(inputs)))
  const broken = [...rows].flatMap(([name, row]) => {
    const value = given.get(camelCase(name))
    if (Object.hasOwn(own, name) || row.environment || isDefault(row, value)) return []
    if (!Object.hasOwn(selected.inputs, name)) return [`--${name} needs --kind ${listed(kindsWith(name, parts))}`]
    const choices = row.help?.[kind]?.choices
    return choices && !choices.includes(String(value))
      ? [`--${name} ${value} cannot be used together with --kind ${kind}; possible: ${choices.join(', ')}`]
      : []
  })
  return [...broken, ...(selected.check?.(values) ?? [])]
}

function isDefault(row: InputRow, value: unknown): boolean {
  return value === undefined || value === row.fallback || (Array.isArray(value) && value.length === 0)
}

function listed(kinds: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(kinds)
}
