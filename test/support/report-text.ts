// Reports for assertions: as lines of text, or as parts of one kind.
import { plainText } from '../../src/domain/text/plain-text.ts'
import type { Item, Part, Report } from '../../src/report/report.ts'
import { reportLines } from '../../src/report/text.ts'

interface Reported {
  readonly report: Report
}

/** Lines as in a terminal; the default width is unlimited. */
export function linesOf({ report }: Reported, width = Number.POSITIVE_INFINITY): string[] {
  return [...reportLines(report, { width, show: plainText })]
}

export function textOf(reported: Reported): string {
  return linesOf(reported).join('\n')
}

/** Parts of one kind, including those inside details. */
export function partsOf<K extends Part['kind']>(report: Report, kind: K): Extract<Part, { kind: K }>[] {
  return report.flatMap((part) => [
    ...(part.kind === kind ? [part as Extract<Part, { kind: K }>] : []),
    ...(part.kind === 'details' ? partsOf(part.parts, kind) : []),
  ])
}

export function headingsOf(report: Report): string[] {
  return partsOf(report, 'heading').map(({ text }) => text)
}

/** Texts of the code blocks. */
export function codeOf(report: Report): string[] {
  return partsOf(report, 'code').map(({ text }) => text)
}

/** All facts by their name. */
export function factsOf(report: Report): Readonly<Record<string, string>> {
  return Object.fromEntries(partsOf(report, 'facts').flatMap(({ rows }) => rows))
}

/** Items of all checklists. */
export function itemsOf(report: Report): Item[] {
  return partsOf(report, 'checklist').flatMap(({ items }) => items)
}

/** Rows of the first table with a column of this title, as texts. */
export function tableWith(report: Report, title: string): string[][] | undefined {
  const table = partsOf(report, 'table').find(({ columns }) => columns.some((column) => column.title === title))
  return table && [...table.rows].map((row) => row.map((cell) => String(cell ?? '')))
}
