// A report as Markdown. Text from outside is escaped, so that it cannot contain markup.

import { lazily } from '../domain/lazily.ts'
import { commandText } from '../domain/text/command-line.ts'
import { plainText } from '../domain/text/plain-text.ts'
import type { Column, Part, State } from './report.ts'

/** Maximum number of rows of a table and items of a checklist on a page. */
const mostRows = 50

const marks: Readonly<Record<State, string>> = {
  done: '- [x] ',
  planned: '- [ ] ',
  warning: '- [x] ⚠️ ',
  blocked: '- [ ] ⛔ ',
  bad: '- [ ] ⛔ ',
  unknown: '- [ ] ❔ ',
}

const signs: Readonly<Record<State, string>> = {
  done: '✅',
  planned: '📋',
  warning: '⚠️',
  blocked: '⛔',
  bad: '⛔',
  unknown: '❔',
}

/** One part, with a newline at its end; empty for a part of a terminal. Texts pass `mask` before they are escaped. */
export function markdownOf(part: Part, mask: (text: string) => string): string {
  if (part.only === 'terminal') return ''
  const inline = (text: string) => escapeText(mask(text))
  const titled = (title: string | undefined, text: string, language: string) =>
    `${title === undefined ? '' : `${inline(title)}:\n\n`}${fenced(mask(text), language)}`
  switch (part.kind) {
    case 'heading': {
      const text = part.state ? `${signs[part.state]} ${part.text}` : part.text
      return `${'#'.repeat(part.level ?? 2)} ${inline(text)}\n`
    }
    case 'paragraph':
      return `${inline(part.text)}\n`
    case 'facts':
      return tableOf(
        [{ title: '' }, { title: '' }],
        part.rows.map(([label, value]) => [`**${inline(label)}**`, inline(value)]),
      )
    case 'table':
      return tableOf(
        part.columns.map((column) => ({ ...column, title: inline(column.title) })),
        lazily(part.rows, (row) => row.map((cell) => inline(String(cell ?? '')))),
        part.most,
      )
    case 'checklist':
      return cut(
        part.items.map(({ text, state }) => `${marks[state]}${inline(text)}\n`),
        part.most,
      )
    case 'code':
      return titled(part.title, part.text, part.language)
    case 'commands':
      return titled(part.title, part.commands.map(commandText).join('\n'), 'sh')
    case 'diagram':
      return fenced(mask(part.text), 'mermaid')
    case 'details': {
      const inner = part.parts.map((each) => markdownOf(each, mask)).filter((text) => text !== '')
      return `<details><summary>${escapeHtml(mask(part.title))}</summary>\n\n${inner.join('\n')}\n</details>\n`
    }
  }
}

function tableOf(columns: readonly Column[], rows: Iterable<readonly string[]>, most?: number): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  const head = [columns.map(({ title }) => title), columns.map(({ align }) => (align ? '--:' : '---'))]
  return head.map(line).join('') + cut(lazily(rows, line), most)
}

function cut(lines: Iterable<string>, most = mostRows): string {
  const limit = Math.min(most, mostRows)
  let text = ''
  let count = 0
  for (const line of lines) {
    count += 1
    if (count <= limit) text += line
  }
  return count > limit ? `${text}\nand ${count - limit} more\n` : text
}

/** The fence is longer than any run of backticks in the text, so that the text cannot close it. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const lines = text.replace(/\n+$/, '').split('\n').map(plainText)
  return `${fence}${language.replaceAll(/[^a-z0-9-]/g, '')}\n${lines.join('\n')}\n${fence}\n`
}

/** Placeholder of an empty comment: a character for private use. */
const gap = '\ue000'

/**
 * Lines of a text with control characters escaped. GitHub detects mentions, issues and emoji after rendering, when
 * escapes are already removed: only an empty comment keeps `@name` from being a mention.
 */
function harmlessLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/).map((line) =>
    plainText(line.trim())
      .replaceAll(/(^|\W)@(?=\w)/g, `$1@${gap}`)
      .replaceAll(/#(?=\d)/g, `#${gap}`)
      .replaceAll(/:(?=[a-z+-][a-z0-9_+-]*:)/gi, `:${gap}`),
  )
}

/** Escapes a text for one cell or paragraph: it contains no HTML and no Markdown. */
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

/** Escapes a text where Markdown is not interpreted, and Markdown's escapes would be visible. */
function escapeHtml(text: string): string {
  return finish(harmlessLines(text).map(escapeAngles))
}

function escapeAngles(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function finish(lines: readonly string[]): string {
  return lines.join('<br>').replaceAll(gap, '<!-- -->')
}
