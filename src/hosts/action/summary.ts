// The summary of a step: a report as Markdown, within the size that GitHub shows.
import { markdownOf } from '../../report/markdown.ts'
import { type Part, paragraph, type Report } from '../../report/report.ts'

/** Bytes. GitHub drops a larger summary of a step without a message on the page. */
export const summaryLimit = 1024 * 1024

/** Bytes for the sentence that names the omitted parts. */
const reserved = 2000

/**
 * Returns the parts in order, each masked and escaped, in at most `limit` bytes of UTF-8. A part that does not fit is
 * omitted with all that follow, and a sentence at the end names them.
 */
export function summaryMarkdown(parts: Report, mask: (text: string) => string, limit = summaryLimit): string {
  let text = ''
  let bytes = 0
  for (const [at, part] of parts.entries()) {
    const markdown = markdownOf(part, mask)
    if (markdown === '') continue
    const next = `${markdown}\n`
    const size = Buffer.byteLength(next)
    if (bytes + size > limit - reserved) return text + leftOut(parts.slice(at), mask)
    text += next
    bytes += size
  }
  return text
}

function leftOut(parts: Report, mask: (text: string) => string): string {
  const names = parts.map(nameOf).filter((name) => name !== undefined)
  const named = names.slice(0, 5).join(', ').slice(0, 300)
  const what = `${parts.length} more part${parts.length === 1 ? '' : 's'}${named === '' ? '' : ` (${named})`}`
  return markdownOf(paragraph(`Not shown, because GitHub limits the size of summaries: ${what}. See the log.`), mask)
}

function nameOf(part: Part): string | undefined {
  if (part.kind === 'heading') return part.text
  if (part.kind === 'details' || part.kind === 'commands') return part.title
  return part.kind === 'table' ? part.columns.map(({ title }) => title).join(' / ') : undefined
}
