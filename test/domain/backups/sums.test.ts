// SHA256SUMS: read back, and taken by the real sha256sum.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseSums, sumsText } from '../../../src/domain/backups/sums.ts'

const sum = (text: string) => createHash('sha256').update(text).digest('hex')
const names = [
  'plain',
  'two  spaces',
  ' first',
  '-dash',
  '*star',
  'back\\slash',
  'new\nline',
  '\\n',
  'ü €😀',
  '#comment',
  "it's $(x)",
]

it('is written as sha256sum writes it', () => {
  expect(
    sumsText([
      { file: 'a b', sha256: sum('x') },
      { file: 'c\\\nd', sha256: sum('y') },
    ]),
  ).toBe(`${sum('x')}  a b\n\\${sum('y')}  c\\\\\\nd\n`)
})

it('agrees with the real sha256sum in both directions, whatever the names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sums-'))
  try {
    for (const name of names) writeFileSync(join(folder, name), name)
    const sums = names.map((file) => ({ file, sha256: sum(file) }))
    writeFileSync(join(folder, 'SHA256SUMS'), sumsText(sums))
    execFileSync('sha256sum', ['--strict', '--quiet', '-c', 'SHA256SUMS'], { cwd: folder })
    const theirs = execFileSync('sha256sum', ['--', ...names], { cwd: folder, encoding: 'utf8' })
    expect(parseSums(theirs)).toEqual(sums)
    expect(sumsText(sums)).toBe(theirs)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('gives back any names it was given', () => {
  const sign = fc.constantFrom('a', '\\', 'n', 'r', '\n', '\r', ' ', '*', '#', '\t', 'ü', '😀', '\u2028', '-', '/')
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1, unit: sign }), { maxLength: 20 }), (files) => {
      const sums = files.map((file) => ({ file, sha256: sum(file) }))
      expect(parseSums(sumsText(sums))).toEqual(sums)
    }),
  )
})

it('takes binary marks, comments and lines that end in a carriage return', () => {
  expect(parseSums(`# made by hand\r\n${sum('x').toUpperCase()} *a\r\n`)).toEqual([{ file: 'a', sha256: sum('x') }])
})

it.each([
  ['nonsense\n', 'line 1'],
  [`${sum('x')}  a\n\n`, 'line 2'],
  [`${sum('x')} a\n`, 'line 1'],
  [`${sum('x')}  \n`, 'line 1'],
  [`\\${sum('x')}  a\\tb\n`, 'line 1'],
  [`${sum('x')}  a\n${sum('y')}  a\n`, 'names "a" again'],
])('%j is an integrity failure that names the line', (text, part) => {
  expect(() => parseSums(text)).toThrow(
    expect.objectContaining({ code: 'store/object-damaged', message: expect.stringContaining(part) }),
  )
})
