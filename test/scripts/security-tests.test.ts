// The list of attacks: which titles it finds in a test file, and what it refuses.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attackFile, securityTestsPage } from '../../scripts/generate/security-tests.ts'

const titles = (body: string): readonly (readonly string[])[] =>
  attackFile('x.test.ts', `// Marks in a store\n// An attacker adds a mark.\n${body}`).titles

test('titles are found in order, with those of their groups in front', () => {
  const { name, heading, attack, titles } = attackFile(
    'store-marks.test.ts',
    `// Marks in a store
// An attacker adds a mark.
import { describe, expect, test } from 'vitest'
const rows = [1] satisfies number[]
test('a first mark is refused', async () => { expect(regex.test('not a title')).toBe(true) })
describe('a mark', () => {
  test.skipIf(!isRoot)('of another backup is refused', () => {})
  describe('with a link', () => test('is not followed', () => {}))
})`,
  )
  expect({ name, heading, attack }).toEqual({
    name: 'store-marks',
    heading: 'Marks in a store',
    attack: 'An attacker adds a mark.',
  })
  expect(titles).toEqual([
    ['a first mark is refused'],
    ['a mark', 'of another backup is refused'],
    ['a mark', 'with a link', 'is not followed'],
  ])
})

test('a value from a table at the end of a title is left out, and so is a group that consists of a value', () => {
  expect(titles("test.each([['(', 1]])('a mark named <b> fails: %s of $name.first', () => {})")).toEqual([
    ['a mark named \\<b> fails'],
  ])
  expect(
    titles("describe.each(rows)('%s', () => { test.for(rows).skip('fails', () => {}) })\ntest.only('x', f)"),
  ).toEqual([['fails'], ['x']])
  expect(titles("test.runIf(a).each([1])('fails', () => {})\ntest.each`a | b`('passes', f)")).toEqual([
    ['fails'],
    ['passes'],
  ])
})

test('a title with a value before its end is refused', () => {
  expect(() => titles("test.each(rows)('a %s fails', () => {})")).toThrow('only at its end')
  expect(() => titles("test.each(rows)('%s: a mark fails', () => {})")).toThrow('only at its end')
})

test('a title that is not a string literal is refused', () => {
  for (const title of ['name', '`a ${b}`', "'a' + b"])
    expect(() => titles(`test(${title}, () => {})`)).toThrow(
      'x.test.ts: the title of every test and group must be a string literal',
    )
})

test('a file without its heading and attack, or without a test, is refused', () => {
  expect(() => attackFile('x.test.ts', "test('a', f)")).toThrow('first two lines')
  expect(() => attackFile('x.test.ts', "// Marks in a store\ntest('a', f)")).toThrow('first two lines')
  expect(() => attackFile('x.test.ts', '// Marks in a store\n// An attacker adds a mark.\n')).toThrow('no test')
})

test('the page counts the scenarios and puts tests below their groups', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-titles-'))
  const tests = "test('a', f)\ndescribe('b', () => { test('c', f); describe('d', () => test('e', f)); test('g', f) })"
  await writeFile(join(folder, 'store-marks.test.ts'), `// Marks in a store\n// An attacker adds one.\n${tests}`)
  const page = await securityTestsPage(folder)
  await rm(folder, { recursive: true })
  expect(page).toContain('4 attack scenarios in 1 files')
  expect(page).toMatch(
    /## Marks in a store\nAn attacker adds one\. \(.*\)\n\n- A\n- B\n {2}- c\n {2}- d\n {4}- e\n {2}- g\n$/,
  )
})
