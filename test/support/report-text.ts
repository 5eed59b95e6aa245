// Reports as tests look at them: as lines of text, and as parts of one kind.
import { plainText } from '../../src/domain/text/plain-text.ts'
import type { Part, Report } from '../../src/report/report.ts'
import { reportLines } from '../../src/report/text.ts'

interface Reported {
  readonly report: Report
}

/** As a terminal without limit shows it. */
export function linesOf({ report }: Reported, width = Number.POSITIVE_INFINITY): string[] {
  return [...reportLines(report, { width, show: plainText })]
}

export function textOf(reported: Reported): string {
  return linesOf(reported).join('\n')
}

/** Parts of one kind, those inside details too. */
export function partsOf<K extends Part['kind']>(report: Report, kind: K): Extract<Part, { kind: K }>[] {
  return report.flatMap((part) => [
    ...(part.kind === kind ? [part as Extract<Part, { kind: K }>] : []),
    ...(part.kind === 'details' ? partsOf(part.parts, kind) : []),
  ])
}
