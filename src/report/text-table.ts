// Tables in plain text: columns that stay aligned with wide characters, in the width of a terminal.
import stringWidth from 'fast-string-width'
import type { Column } from './report.ts'
import { columns as twoColumns, wrapLines } from './wrap.ts'

const gap = '  '
/** Width below which the last column is not wrapped. */
const narrowest = 24

/**
 * Returns the lines of a table, titles first; two spaces between columns, none at the end of a line. If the table is
 * too wide, the last column is wrapped; if that is not enough, each row becomes lines of a title and a value. Reads the
 * rows twice, and lays out each row when its lines are read, because a list of backups can be long.
 */
export function* textTable(
  columns: readonly Column[],
  rows: Iterable<readonly string[]>,
  width = Number.POSITIVE_INFINITY,
): Generator<string> {
  const head = columns.map(({ title }) => title.toUpperCase())
  const widths = head.map((title) => stringWidth(title))
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, stringWidth(cell))
  const last = widths.length - 1
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + gap.length, 0)
  const rest = width - before
  if ((widths[last] ?? 0) > rest && (rest < narrowest || columns[last]?.align === 'right')) {
    for (const row of rows) yield* recordOf(columns, row, width)
    return
  }
  const layOut = (row: readonly string[]) => {
    const [first = '', ...more] = wrapLines(row[last] ?? '', rest)
    const cells = [...row.slice(0, last), first].map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]?.align))
    return [cells.join(gap), ...more.map((line) => ' '.repeat(before) + line)].map((line) => line.trimEnd())
  }
  yield* layOut(head)
  for (const row of rows) yield* layOut(row)
}

/** A row as lines: its first cell, and below it the titles and values of the others. */
function recordOf(columns: readonly Column[], [first = '', ...cells]: readonly string[], width: number): string[] {
  const values = cells.flatMap((cell, at) => (cell === '' ? [] : [[columns[at + 1]?.title ?? '', cell] as const]))
  return [first, ...(values.length > 0 ? twoColumns(values, width).split('\n') : [])]
}

function pad(text: string, width: number, align: 'right' | undefined): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return align === 'right' ? space + text : text + space
}
