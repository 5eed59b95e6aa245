// Step summaries: Markdown with escaped text, within the size limit of GitHub.
import { expect, test } from 'vitest'
import { summaryLimit, summaryMarkdown } from '../../../src/hosts/action/summary.ts'
import { numbers, type Part, table } from '../../../src/report/report.ts'

const same = (text: string) => text
const markdown = (...parts: Part[]) => summaryMarkdown(parts, same)
const paragraph = (text: string) => markdown({ kind: 'paragraph', text }).trim()

test('headings, facts, tables, checklists, code, diagrams and details are written as Markdown', () => {
  expect(
    markdown(
      { kind: 'heading', text: 'Backup' },
      { kind: 'facts', rows: [['Rows', '41']] },
      table(['File', numbers('Bytes')], [['a', 1]]),
      {
        kind: 'checklist',
        items: [
          { text: 'looked', state: 'done' },
          { text: 'load', state: 'planned' },
          { text: 'full', state: 'warning' },
          { text: 'gone', state: 'blocked' },
        ],
      },
      { kind: 'code', text: 'resguardo list', language: 'sh' },
      { kind: 'diagram', text: 'graph TD' },
      { kind: 'details', title: 'More', parts: [{ kind: 'paragraph', text: 'inside' }] },
    ),
  ).toBe(`## Backup

|  |  |
| --- | --- |
| **Rows** | 41 |

| File | Bytes |
| --- | --: |
| a | 1 |

- [x] looked
- [ ] load
- [x] ⚠️ full
- [ ] ⛔ gone

\`\`\`sh
resguardo list
\`\`\`

\`\`\`mermaid
graph TD
\`\`\`

<details><summary>More</summary>

inside

</details>

`)
})

test.each([
  ['HTML', '<img src=x onerror=alert(1)> &amp;', '&lt;img src=x onerror=alert(1)&gt; &amp;amp;'],
  ['emphasis and code', '*a* _b_ `c` ~d~', '\\*a\\* \\_b\\_ \\`c\\` \\~d\\~'],
  ['links and images', '![a](http://b)', '!\\[a\\](http://b)'],
  ['formulas', 'cost $1$', 'cost \\$1\\$'],
  ['mentions', 'ask @octocat or a@b', 'ask @<!-- -->octocat or a@b'],
  ['issues', 'see #12', 'see #<!-- -->12'],
  ['emoji codes', 'a :smile_cat: at 02:00:05', 'a :<!-- -->smile\\_cat: at 02:00:05'],
  ['headings', '# big', '\\# big'],
  ['lists', '- item', '\\- item'],
  ['numbered lists', '1. item', '1\\. item'],
  ['numbers', '0.1 s', '0.1 s'],
  ['rulers', '---', '\\---'],
  ['changes', '+10 (+2.0%)', '+10 (+2.0%)'],
  ['lines', 'a\nb\r\n    c', 'a<br>b<br>c'],
  ['bidirectional controls', 'a\u202eb', 'a\\\\u202eb'],
])('%s in a text are escaped and shown literally', (_, text, expected) => {
  expect(paragraph(text)).toBe(expected)
})

test('a pipe and a newline in a table cell are escaped', () => {
  const text = markdown(table(['a'], [['x|y\nz']]))
  expect(text).toContain('| x\\|y<br>z |\n')
})

test('a code block with backticks gets a longer fence', () => {
  expect(markdown({ kind: 'code', text: 'a\n```\nb', language: 'sh' })).toBe('````sh\na\n```\nb\n````\n\n')
})

test('the title of details is escaped as HTML, not as Markdown', () => {
  expect(markdown({ kind: 'details', title: 'a_b <c>', parts: [] })).toContain('<summary>a_b &lt;c&gt;</summary>')
})

test('secrets are masked before escaping', () => {
  const masking = (text: string) => text.replaceAll('ge_heim', '***')
  const parts: Part[] = [
    { kind: 'paragraph', text: 'x ge_heim' },
    { kind: 'code', text: 'ge_heim', language: 'sh' },
    { kind: 'details', title: 'ge_heim', parts: [{ kind: 'facts', rows: [['ge_heim', 'ge_heim']] }] },
  ]
  expect(summaryMarkdown(parts, masking)).not.toContain('heim')
})

test('a long table is cut, with the number of rows not shown', () => {
  const rows = Array.from({ length: 73 }, (_, row) => [`row ${row}`])
  const text = markdown(table(['a'], rows))
  expect(text).toContain('| row 49 |\n\nand 23 more\n')
  expect(text).not.toContain('row 50')
})

test('a long checklist is cut, with the number of items not shown', () => {
  const items = Array.from({ length: 51 }, (_, item) => ({ text: `item ${item}`, state: 'warning' as const }))
  expect(markdown({ kind: 'checklist', items })).toContain('item 49\n\nand 1 more\n')
})

test('a summary above the size limit is cut before the first part that does not fit, with a note', () => {
  const big: Part = { kind: 'code', text: 'ä'.repeat(600_000), language: 'text' }
  const text = markdown({ kind: 'heading', text: 'First' }, big, { kind: 'heading', text: 'Rest' })
  expect(Buffer.byteLength(text)).toBeLessThan(summaryLimit)
  expect(text).toBe(
    '## First\n\nNot shown, because GitHub limits the size of summaries: 2 more parts (Rest). See the log.\n',
  )
})

test('all parts that fit within the size limit are complete', () => {
  const part: Part = { kind: 'paragraph', text: 'x'.repeat(100_000) }
  const text = summaryMarkdown(
    Array.from({ length: 11 }, () => part),
    same,
  )
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(summaryLimit)
  expect(text.match(/x{100000}/g)).toHaveLength(10)
  expect(text).toContain('1 more part.')
})
