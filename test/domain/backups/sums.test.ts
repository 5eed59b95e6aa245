// The text of SHA256SUMS, compared with the output of sha256sum.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sumsText } from '../../../src/domain/backups/sums.ts'

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

it('backslashes and newlines in file names are escaped as sha256sum does', () => {
  expect(
    sumsText([
      { file: 'a b', sha256: sum('x') },
      { file: 'c\\\nd', sha256: sum('y') },
    ]),
  ).toBe(`${sum('x')}  a b\n\\${sum('y')}  c\\\\\\nd\n`)
})

it('sha256sum accepts the text and writes the same text for unusual file names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sums-'))
  try {
    for (const name of names) writeFileSync(join(folder, name), name)
    const sums = names.map((file) => ({ file, sha256: sum(file) }))
    writeFileSync(join(folder, 'SHA256SUMS'), sumsText(sums))
    execFileSync('sha256sum', ['--strict', '--quiet', '-c', 'SHA256SUMS'], { cwd: folder })
    const theirs = execFileSync('sha256sum', ['--', ...names], { cwd: folder, encoding: 'utf8' })
    expect(sumsText(sums)).toBe(theirs)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
