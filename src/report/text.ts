// A report as plain text, for a terminal or a log.

import { lazily } from '../domain/lazily.ts'
import { commandText } from '../domain/text/command-line.ts'
import type { Cell, Item, Part, Report, State } from './report.ts'
import { textTable } from './text-table.ts'
import { columns, wrapLines } from './wrap.ts'

interface TextLayout {
  /** Columns of the terminal; infinite if lines are not wrapped. */
  readonly width: number
  /** Masks secrets and escapes control characters; applied to each text before layout. */
  readonly show: (text: string) => string
  readonly withoutTables?: boolean
}

const marks: Readonly<Record<State, string>> = {
  done: '[ok]',
  planned: '[plan]',
  warning: '[warning]',
  blocked: '[blocked]',
  bad: '[bad]',
  unknown: '[unknown]',
}

const indent = '  '

/** Returns the lines of a report. Commands and code are not wrapped, so that they can be copied. */
export function* reportLines(report: Report, layout: TextLayout): Generator<string> {
  let before: Part | undefined
  for (const part of report) {
    if (part.only === 'page' || part.kind === 'diagram' || (part.kind === 'table' && layout.withoutTables)) continue
    if (before && isApart(before, part)) yield ''
    yield* partLines(part, layout)
    before = part
  }
}

/** Whether a blank line separates two parts. */
function isApart(before: Part, part: Part): boolean {
  if (part.kind === 'heading') return true
  return before.kind !== 'heading' && (before.kind !== 'paragraph' || part.kind === 'details')
}

function partLines(part: Part, layout: TextLayout): Iterable<string> {
  const { width, show } = layout
  switch (part.kind) {
    case 'heading':
    case 'paragraph':
      return wrapLines(show(part.text), width)
    case 'facts':
      return columns(
        part.rows.map(([label, value]) => [show(label), show(value)] as const),
        width,
      ).split('\n')
    case 'table': {
      const titles = part.columns.map((column) => ({ ...column, title: show(column.title) }))
      const cells = (row: readonly Cell[]) => row.map((cell) => show(String(cell ?? '')))
      return shortened(part.rows, part.most, (rows) => textTable(titles, lazily(rows, cells), width))
    }
    case 'checklist': {
      const itemLine = ({ text, state }: Item) => `  ${marks[state].padEnd(9)} ${show(text)}`
      return shortened(part.items, part.most, (items) =>
        [...items].flatMap((item) => wrapLines(itemLine(item), width, ' '.repeat(12))),
      )
    }
    case 'code':
      return titled(part.title, part.text.replace(/\n+$/, '').split(/\r\n|\r|\n/), layout)
    case 'commands':
      return titled(part.title, part.commands.map(commandText), layout)
    case 'details':
      return [...wrapLines(show(part.title), width), ...reportLines(part.parts, layout)]
    case 'diagram':
      return []
  }
}

function titled(title: string | undefined, lines: readonly string[], { width, show }: TextLayout): string[] {
  const above = title === undefined ? [] : wrapLines(`${show(title)}:`, width)
  return [...above, ...lines.map((line) => indent + show(line))]
}

/** Returns the lines of all items, or those of the first ones and the number of the others. */
function* shortened<T>(
  all: Iterable<T>,
  most: number | undefined,
  linesOf: (some: Iterable<T>) => Iterable<string>,
): Generator<string> {
  if (most === undefined) return yield* linesOf(all)
  const items = [...all]
  yield* linesOf(items.slice(0, most))
  if (items.length > most) yield `and ${items.length - most} more`
}
