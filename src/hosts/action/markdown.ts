// A summary's parts as Markdown in which nothing that came from outside is markup.
import type { StepState, SummaryPart } from '../../commands/summary.ts'
import { plainText } from '../../domain/plain-text.ts'

const mostRows = 50

const marks: Readonly<Record<StepState, string>> = {
  done: '- [x] ',
  planned: '- [ ] ',
  warning: '- [x] ⚠️ ',
  blocked: '- [ ] ⛔ ',
}

/** One part, with a newline at its end. `mask` sees every text before it is escaped. */
export function markdownOf(part: SummaryPart, mask: (text: string) => string): string {
  const inline = (text: string) => escapeText(mask(text))
  switch (part.kind) {
    case 'heading':
      return `${'#'.repeat(part.level ?? 2)} ${inline(part.text)}\n`
    case 'paragraph':
      return `${inline(part.text)}\n`
    case 'facts':
      return tableOf(
        ['', ''],
        part.rows.map(([label, value]) => [`**${inline(label)}**`, inline(value)]),
      )
    case 'table':
      return tableOf(
        part.head.map(inline),
        part.rows.map((row) => row.map(inline)),
      )
    case 'checklist':
      return cut(part.items.map(({ text, state }) => `${marks[state]}${inline(text)}\n`))
    case 'code':
      return fenced(mask(part.text), part.language)
    case 'diagram':
      return fenced(mask(part.text), 'mermaid')
    case 'details': {
      const inner = part.parts.map((each) => markdownOf(each, mask)).join('\n')
      return `<details><summary>${escapeHtml(mask(part.title))}</summary>\n\n${inner}\n</details>\n`
    }
  }
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  return [head, head.map(() => '---')].map(line).join('') + cut(rows.map(line))
}

function cut(lines: readonly string[]): string {
  const text = lines.slice(0, mostRows).join('')
  return lines.length > mostRows ? `${text}\nand ${lines.length - mostRows} more\n` : text
}

/** The fence is longer than any run of backticks inside, so that nothing can close it early. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const lines = text.replace(/\n+$/, '').split('\n').map(plainText)
  return `${fence}${language.replaceAll(/[^a-z0-9-]/g, '')}\n${lines.join('\n')}\n${fence}\n`
}

/** Stands where an empty comment will: a character that no font has. */
const gap = '\ue000'

/**
 * Lines of a text with control characters spelled out. GitHub looks for mentions, issues and emoji after rendering,
 * where no escape is left to stop it: only an empty comment keeps `@name` from being a mention.
 */
function harmlessLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/).map((line) =>
    plainText(line.trim())
      .replaceAll(/(^|\W)@(?=\w)/g, `$1@${gap}`)
      .replaceAll(/#(?=\d)/g, `#${gap}`)
      .replaceAll(/:(?=[a-z+-][a-z0-9_+-]*:)/gi, `:${gap}`),
  )
}

/** A text that shows as it is, in one cell or paragraph: no HTML, no Markdown. */
function escapeText(text: string): string {
  return finish(
    harmlessLines(text).map((line) =>
      escapeAngles(line)
        .replaceAll(/[\\`*_[\]~|$]/g, '\\$&')
        .replace(/^(?:#|[-+](?=[-+\s]|$))/, '\\$&')
        .replace(/^(\d+)(?=[.)](?:\s|$))/, '$1\\'),
    ),
  )
}

/** The same where Markdown is not read, so that its escapes would show. */
function escapeHtml(text: string): string {
  return finish(harmlessLines(text).map(escapeAngles))
}

function escapeAngles(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function finish(lines: readonly string[]): string {
  return lines.join('<br>').replaceAll(gap, '<!-- -->')
}
