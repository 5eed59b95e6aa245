// Reports as text: layout, line width and untrusted text.
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { plainText } from '../../src/domain/text/plain-text.ts'
import {
  code,
  commands,
  details,
  facts,
  heading,
  inTerminal,
  itemsOf,
  numbers,
  onPage,
  paragraph,
  type Report,
  report,
  subheading,
  table,
} from '../../src/report/report.ts'
import { reportLines } from '../../src/report/text.ts'

const text = (parts: Report, width = Number.POSITIVE_INFINITY, show = plainText) =>
  [...reportLines(parts, { width, show })].join('\n')

test('each kind of part has its layout, and parts for pages only are omitted', () => {
  const parts = report(
    heading('Backup 1', 'done'),
    facts([
      ['Rows', 41],
      ['Note', undefined],
    ]),
    table(['File', numbers('Bytes')], [['a', 1], ['b'], ['c']], 2),
    subheading('Steps'),
    itemsOf('planned', ['load', 'swap']),
    itemsOf('bad', ['a', 'b', 'c'], 1),
    onPage(paragraph('only on a page')),
    inTerminal(paragraph('only here')),
    commands('To restore', { words: ['restore', '1'], flags: { confirm: 'my shop' } }),
    code('sql', 'SELECT 1;\nSELECT 2;\n'),
    { kind: 'diagram', text: 'flowchart LR' },
    details('More', paragraph('inside')),
    false,
    table(['Empty'], []),
  )
  expect(text(parts)).toBe(`\
Backup 1
  Rows  41

FILE  BYTES
a         1
b
and 1 more

Steps
  [plan]    load
  [plan]    swap

  [bad]     a
and 2 more

only here
To restore:
  resguardo restore 1 --confirm 'my shop'

  SELECT 1;
  SELECT 2;

More
inside`)
})

const word = 'lorem ipsum dolor sit amet '

test.each([60, 80])('lines fit into %i columns, except for longer commands and words', (width) => {
  const long = word.repeat(8).trim()
  const parts = report(
    heading(long),
    paragraph(long),
    facts([['A label', long]]),
    table(['Name', numbers('Size'), 'Notes'], [['x'.repeat(40), 1, long]]),
    table(['Name', numbers('Size'), 'Notes'], [['日本', 1, long]]),
    itemsOf('warning', [long]),
    details(long, code('text', 'short', long)),
  )
  const lines = text(parts, width).split('\n')
  expect(lines.filter((line) => stringWidth(line) > width)).toEqual([])
  const command = commands(long, { words: ['restore', 'x'.repeat(70)] })
  expect(text([command], width)).toContain(`\n  resguardo restore ${'x'.repeat(70)}`)
})

test('text is masked before it is wrapped, and control characters are escaped', () => {
  const hostile = 'a secret phrase\n\u001b[2Jfaked\u202e'
  const mask = (each: string) => plainText(each.replaceAll('secret phrase', '***'))
  const parts = report(
    heading(hostile),
    paragraph(`${'x'.repeat(50)} ${hostile}`),
    facts([[hostile, `${'x'.repeat(30)} ${hostile}`]]),
    table([hostile, 'Notes'], [[hostile, `${'x '.repeat(20)}${hostile}`]]),
    itemsOf('done', [`${'x'.repeat(50)} ${hostile}`]),
    code('text', hostile, hostile),
    commands(hostile, { words: [hostile] }),
    details(hostile, paragraph(hostile)),
  )
  for (const width of [60, Number.POSITIVE_INFINITY]) {
    const shown = text(parts, width, mask)
    expect(shown).not.toMatch(/secret|phrase/i)
    expect(shown.replaceAll('\n', '')).toMatch(/^\P{C}*$/u)
    expect(shown.split('\n').filter((line) => line.trim().startsWith('faked'))).toEqual([])
  }
})
