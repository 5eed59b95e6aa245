// The list of attacks: which titles it finds in a test file, and what it refuses.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attackFile, securityTestsPage } from '../../scripts/generate/security-tests.ts'

const titles = (body: string): readonly (readonly string[])[] =>
  attackFile('x.test.ts', `// Attack class: a class.\n${body}`).titles

test('titles are found in order, with those of their groups in front', () => {
  const { name, attackClass, titles } = attackFile(
    'store-marks.test.ts',
    `// Marks in a store.
import { describe, expect, test } from 'vitest'
const rows = [1] satisfies number[]
test('a first mark is refused', async () => { expect(regex.test('not a title')).toBe(true) })
describe('a mark', () => {
  test.skipIf(!isRoot)('of another backup is refused', () => {})
  describe('with a link', () => test('is not followed', () => {}))
})`,
  )
  expect({ name, attackClass }).toEqual({ name: 'store-marks', attackClass: 'Marks in a store.' })
  expect(titles).toEqual([
    ['a first mark is refused'],
    ['a mark', 'of another backup is refused'],
    ['a mark', 'with a link', 'is not followed'],
  ])
})

test('what a table of cases fills in is an ellipsis, and a group that is nothing else is left out', () => {
  expect(titles("test.each([['(', 1]])('a %s with $name.first and <b> fails', () => {})")).toEqual([
    ['a … with … and \\<b> fails'],
  ])
  expect(
    titles("describe.each(rows)('%s', () => { test.for(rows).skip('fails', () => {}) })\ntest.only('x', f)"),
  ).toEqual([['fails'], ['x']])
  expect(titles("test.runIf(a).each([1])('fails', () => {})\ntest.each`a | b`('passes', f)")).toEqual([
    ['fails'],
    ['passes'],
  ])
})

test('a title that is not a string literal is refused', () => {
  for (const title of ['name', '`a ${b}`', "'a' + b"])
    expect(() => titles(`test(${title}, () => {})`)).toThrow(
      'x.test.ts: the title of every test and group must be a string literal',
    )
})

test('a file without its class, or without a test, is refused', () => {
  expect(() => attackFile('x.test.ts', "test('a', f)")).toThrow('first line')
  expect(() => attackFile('x.test.ts', '// A class.')).toThrow('no test')
})

test('the page counts the scenarios and puts tests below their groups', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-titles-'))
  const tests = "test('a', f)\ndescribe('b', () => { test('c', f); describe('d', () => test('e', f)); test('g', f) })"
  await writeFile(join(folder, 'store-marks.test.ts'), `// Attack class: marks in a store.\n${tests}`)
  const page = await securityTestsPage(folder)
  await rm(folder, { recursive: true })
  expect(page).toContain('4 attack scenarios in 1 files')
  expect(page).toMatch(/## Store marks\nMarks in a store\. \(.*\)\n\n- A\n- B\n {2}- c\n {2}- d\n {4}- e\n {2}- g\n$/)
})
