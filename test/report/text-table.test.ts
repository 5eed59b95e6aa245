// Plain text tables.
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { plainText } from '../../src/domain/text/plain-text.ts'
import { textTable } from '../../src/report/text-table.ts'

describe('text tables', () => {
  it('columns are aligned, even with wide characters, and lines have no trailing space', () => {
    const columns = [{ title: 'Name' }, { title: 'Size', align: 'right' as const }, { title: 'X' }]
    const rows = [
      ['日本', '1', 'a'],
      ['ab', '100', ''],
    ]
    expect([...textTable(columns, rows)]).toEqual(['NAME  SIZE  X', '日本     1  a', 'ab     100'])
  })
  it('a wide last column is wrapped, and a table that still does not fit becomes a list of titles and values', () => {
    const columns = [{ title: 'ID' }, { title: 'Size', align: 'right' as const }, { title: 'Why' }]
    const row = ['x'.repeat(20), '12', 'kept for 30 days; one of the three newest']
    expect([...textTable(columns, [row], 60)]).toEqual([
      `ID${' '.repeat(20)}SIZE  WHY`,
      `${row[0]}    12  kept for 30 days; one of the`,
      `${' '.repeat(28)}three newest`,
    ])
    expect([...textTable(columns, [row, ['y', '', 'z']], 50)]).toEqual([
      row[0],
      '  Size  12',
      '  Why   kept for 30 days; one of the three newest',
      'y',
      '  Why  z',
    ])
  })
  it.each(['e\u0301', '日本', '👩‍👩‍👧', '한글', 'ไทย'])('the column after %s is aligned', (text) => {
    const [, wide = '', plain = ''] = textTable(
      [{ title: 'NAME' }, { title: 'X' }],
      [
        [text, 'a'],
        ['abcd', 'a'],
      ],
    )
    expect(stringWidth(wide)).toBe(stringWidth(plain))
  })
  it('control characters, newlines and bidirectional controls are escaped', () => {
    expect(plainText('a\x1b[2J\nb\u202ec')).toBe('a\\x1b[2J\\x0ab\\u202ec')
  })
})
