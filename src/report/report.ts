// The report of a command: parts in order, without layout and without markup.
import type { CommandLine } from '../domain/text/command-line.ts'

/** Of steps: done, planned, blocked. Of findings: done (good), bad, unknown. Of both: warning. */
export type State = 'done' | 'planned' | 'warning' | 'blocked' | 'bad' | 'unknown'

export interface Column {
  readonly title: string
  readonly align?: 'right'
}

/** An undefined cell is empty. */
export type Cell = string | number | undefined

export interface Item {
  readonly text: string
  readonly state: State
}

type Content =
  /** Level 2 by default; level 3 is below it. */
  | { readonly kind: 'heading'; readonly text: string; readonly state?: State; readonly level?: 3 }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [label: string, value: string])[] }
  /** Rows are read more than once. `most`: number of rows shown; the number of the others is shown below. */
  | {
      readonly kind: 'table'
      readonly columns: readonly Column[]
      readonly rows: Iterable<readonly Cell[]>
      readonly most?: number
    }
  | { readonly kind: 'checklist'; readonly items: readonly Item[]; readonly most?: number }
  /** Text to copy, verbatim, under a title without a colon. */
  | { readonly kind: 'code'; readonly title?: string; readonly text: string; readonly language: string }
  /** Resguardo commands to copy, under a title without a colon. */
  | { readonly kind: 'commands'; readonly title: string; readonly commands: readonly CommandLine[] }
  /** A Mermaid diagram, shown on pages only. */
  | { readonly kind: 'diagram'; readonly text: string }
  /** Parts under a title; folded on a page. */
  | { readonly kind: 'details'; readonly title: string; readonly parts: Report }

/** A part is shown in both media unless it names one: a terminal (or a log), or a page (Markdown). */
export type Part = Content & { readonly only?: 'terminal' | 'page' }

export type Report = readonly Part[]

/** False and undefined values are omitted. */
type Parts = readonly (Part | Report | false | undefined)[]

/** Parts in order. Omits false and undefined values, and parts without content, such as a table without rows. */
export function report(...parts: Parts): Report {
  return parts.flatMap((part) => part || []).filter((part) => !isEmpty(part))
}

function isEmpty(part: Part): boolean {
  switch (part.kind) {
    case 'facts':
      return part.rows.length === 0
    case 'table':
      return part.rows[Symbol.iterator]().next().done === true
    case 'checklist':
      return part.items.length === 0
    case 'commands':
      return part.commands.length === 0
    case 'details':
      return part.parts.length === 0
    case 'code':
      return part.text === ''
    default:
      return false
  }
}

export function heading(text: string, state?: State): Part {
  return { kind: 'heading', text, ...(state && { state }) }
}

export function subheading(text: string): Part {
  return { kind: 'heading', text, level: 3 }
}

export function paragraph(text: string): Part {
  return { kind: 'paragraph', text }
}

/** A fact without a value is omitted. */
export type Fact = readonly [label: string, value: string | number | undefined]

/** Labels with values; omits undefined values. */
export function facts(rows: readonly Fact[]): Part {
  return {
    kind: 'facts',
    rows: rows.flatMap(([label, value]) => (value === undefined ? [] : [[label, String(value)] as const])),
  }
}

/** A string is the title of a column. */
export function table(columns: readonly (string | Column)[], rows: Iterable<readonly Cell[]>, most?: number): Part {
  return {
    kind: 'table',
    columns: columns.map((column) => (typeof column === 'string' ? { title: column } : column)),
    rows,
    ...(most !== undefined && { most }),
  }
}

/** A column of numbers. */
export function numbers(title: string): Column {
  return { title, align: 'right' }
}

export function checklist(items: readonly Item[], most?: number): Part {
  return { kind: 'checklist', items, ...(most !== undefined && { most }) }
}

/** A checklist with the same state for all items. */
export function itemsOf(state: State, texts: readonly string[], most?: number): Part {
  return checklist(
    texts.map((text) => ({ text, state })),
    most,
  )
}

export function code(language: string, text: string, title?: string): Part {
  return { kind: 'code', language, text, ...(title !== undefined && { title }) }
}

export function commands(title: string, ...lines: readonly CommandLine[]): Part {
  return { kind: 'commands', title, commands: lines }
}

export function details(title: string, ...parts: Parts): Part {
  return { kind: 'details', title, parts: report(...parts) }
}

/** Parts that a terminal does not show. */
export function onPage(...parts: Parts): Report {
  return report(...parts).map((part) => ({ ...part, only: 'page' }))
}

/** Parts that a page does not show. */
export function inTerminal(...parts: Parts): Report {
  return report(...parts).map((part) => ({ ...part, only: 'terminal' }))
}
