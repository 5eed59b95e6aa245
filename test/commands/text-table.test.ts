// Plain text tables.
import { describe, expect, it } from 'vitest'
import { displayWidth, textTable } from '../../src/commands/text-table.ts'
import { plainText } from '../../src/domain/plain-text.ts'

describe('a table', () => {
  it('aligns columns, also with wide characters, and leaves no space at the end of a line', () => {
    expect(
      textTable(
        [{ title: 'NAME' }, { title: 'SIZE', align: 'right' }, { title: 'X' }],
        [
          ['日本', '1', 'a'],
          ['ab', '100', ''],
        ],
      ),
    ).toEqual(['NAME  SIZE  X', '日本     1  a', 'ab     100'])
  })
  it.each([
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['👩‍👩‍👧', 2],
    ['한글', 4],
    ['', 0],
  ])('takes %j to be %i wide', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })
  it('cannot be made to move the cursor, break lines or turn text around', () => {
    expect(plainText('a\x1b[2J\nb\u202ec')).toBe('a\\x1b[2J\\x0ab\\u202ec')
  })
})
