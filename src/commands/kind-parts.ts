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
 * Returns the table with the rows of all kinds after the row `kind`, and their names in its summary. A row that the
 * command has itself stays in its place. Rows that not all kinds have apply only to those that have them.
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
 * Rules of the selected kind: its own, and for inputs that only other kinds have. Inputs that come from the
 * environment are ignored, because it is shared by all commands. `own`: inputs that the command has for other reasons.
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
