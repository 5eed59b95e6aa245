// Matrices: GitHub's own example of `include`, exclusions, names.
import { expect, test } from 'vitest'
import { expandMatrix, matrixLabel } from '../../matrix.ts'

test('include extends what it does not contradict, else it stands alone', () => {
  // https://docs.github.com/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
  const include = [
    { color: 'green' },
    { color: 'pink', animal: 'cat' },
    { fruit: 'apple', shape: 'circle' },
    { fruit: 'banana' },
    { fruit: 'banana', animal: 'cat' },
  ]
  expect(expandMatrix({ fruit: ['apple', 'pear'], animal: ['cat', 'dog'], include })).toEqual([
    { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
    { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
    { fruit: 'pear', animal: 'cat', color: 'pink' },
    { fruit: 'pear', animal: 'dog', color: 'green' },
    { fruit: 'banana' },
    { fruit: 'banana', animal: 'cat' },
  ])
})

test('exclude names some of the axes', () => {
  const rows = expandMatrix({ os: ['a', 'b'], version: [1, 2], exclude: [{ os: 'a', version: 1 }, { os: 'b' }] })
  expect(rows).toEqual([{ os: 'a', version: 2 }])
})

test('include alone is a list of jobs', () => {
  expect(expandMatrix({ include: [{ x: 1 }, { x: 2 }] })).toEqual([{ x: 1 }, { x: 2 }])
})

test.each([
  [{ x: 'no list' }, "'x' is not a list"],
  [{ x: [] }, 'no combinations'],
  [{ x: Array.from({ length: 257 }, (_, index) => index) }, 'GitHub allows 256'],
])('%j is refused', (matrix, message) => {
  expect(() => expandMatrix(matrix)).toThrow(message)
})

test('a label shows the values, nested ones too', () => {
  expect(matrixLabel({ x: 1, y: { a: 'b', c: [true] } })).toBe(' (1, b, true)')
})
