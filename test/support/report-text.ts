// Reports for assertions: as lines of text, or as parts of one kind.
import { plainText } from '../../src/domain/text/plain-text.ts'
import type { Part, Report } from '../../src/report/report.ts'
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
