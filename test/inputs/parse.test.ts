// Parsing of input tables: strict values, all problems at once, absent values as undefined.
import { expect, expectTypeOf, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { type InputTable, inputTable } from '../../src/inputs/kinds.ts'
import { parseInputs, type ReadInput, withEnvironment } from '../../src/inputs/parse.ts'

const table = inputTable({
  'database-url': { kind: 'secret', summary: 'x', environment: ['DATABASE_URL', 'PG_URL'] },
  'keep-last': { kind: 'count', summary: 'x', least: 1, most: 100 },
  jobs: { kind: 'count', summary: 'x', fallback: 2 },
  'source-counts': { kind: 'flag', summary: 'x', fallback: true },
  'shrink-limit': { kind: 'percent', summary: 'x', fallback: 50 },
  format: { kind: 'choice', summary: 'x', choices: ['custom', 'plain', 'directory'], fallback: 'custom' },
  store: { kind: 'lines', summary: 'x', environment: ['STORES'] },
  'lock-timeout': { kind: 'duration', summary: 'x' },
  'part-size': { kind: 'bytes', summary: 'x' },
  at: { kind: 'time', summary: 'x' },
})

function reader(given: Record<string, string | string[]>): ReadInput {
  return (name) => {
    const text = given[name]
    return text === undefined ? undefined : { text, from: `--${name}` }
  }
}

function failureOf(given: Record<string, string | string[]>, rows: InputTable = table): Failure {
  try {
    parseInputs(rows, reader(given))
  } catch (error) {
    if (error instanceof Failure) return error
  }
  throw new Error('no failure')
}

test('absent inputs have their default or undefined, and absent lines are an empty list', () => {
  const values = parseInputs(table, reader({}))
  expect(values).toEqual({
    databaseUrl: undefined,
    keepLast: undefined,
    jobs: 2,
    sourceCounts: true,
    shrinkLimit: 50,
    format: 'custom',
    store: [],
    lockTimeout: undefined,
    partSize: undefined,
    at: undefined,
  })
  expectTypeOf(values.jobs).toEqualTypeOf<number>()
  expectTypeOf(values.keepLast).toEqualTypeOf<number | undefined>()
  expectTypeOf(values.format).toEqualTypeOf<'custom' | 'plain' | 'directory'>()
})

test('an empty text counts as absent', () => {
  expect(parseInputs(table, reader({ jobs: '', format: ' ', store: ['', ' '] }))).toMatchObject({
    jobs: 2,
    format: 'custom',
    store: [],
  })
})

test.each<[string, string, unknown]>([
  ['keep-last', '7', 7],
  ['shrink-limit', '80%', 80],
  ['shrink-limit', '0', 0],
  ['source-counts', 'false', false],
  ['format', 'plain', 'plain'],
  ['lock-timeout', '1h30m', 5400],
  ['part-size', '64MiB', 67_108_864],
  ['at', '2026-11-24', new Date('2026-11-24T00:00:00Z')],
  ['at', '2026-11-24T02:00', new Date('2026-11-24T02:00:00Z')],
  ['at', '2026-11-24T02:00:05+0130', new Date('2026-11-24T00:30:05Z')],
  ['at', '20261124T020005Z', new Date('2026-11-24T02:00:05Z')],
  ['store', 'file:./a\n  s3://b \n', ['file:./a', 's3://b']],
  ['database-url', 'postgresql://u:p@h/d\n', 'postgresql://u:p@h/d'],
])('%s=%j is parsed as %j', (name, text, value) => {
  expect(Object.values(parseInputs(table, reader({ [name]: text })))).toContainEqual(value)
})

test.each([
  ['keep-last', '12abc'],
  ['keep-last', '0'],
  ['keep-last', '101'],
  ['keep-last', '-1'],
  ['keep-last', '1.5'],
  ['keep-last', '1e3'],
  ['source-counts', 'yes'],
  ['source-counts', 'True'],
  ['source-counts', '1'],
  ['shrink-limit', '101'],
  ['shrink-limit', '%'],
  ['format', 'Custom'],
  ['lock-timeout', '5'],
  ['lock-timeout', '5 minutes'],
  ['part-size', '1.5GB'],
  ['at', '2026-02-30'],
  ['at', '2026-11-24T25:00'],
  ['at', 'yesterday'],
  ['at', '24/11/2026'],
])('%s=%j is rejected, and the error names the input and the allowed values', (name, text) => {
  const failure = failureOf({ [name]: text })
  expect(failure.code).toBe('input/invalid')
  expect(failure.message).toMatch(new RegExp(`^--${name}: ".*" is not `))
})

test('all invalid inputs are reported at once', () => {
  const failure = failureOf({ 'keep-last': 'x', format: 'plian', at: 'y', jobs: ['1', '2'] })
  expect([failure.message, ...failure.details]).toEqual([
    '4 inputs are wrong',
    '--keep-last: "x" is not a whole number, at least 1, at most 100',
    '--jobs: given 2 times, takes one value',
    '--format: "plian" is not one of custom, plain, directory; did you mean plain?',
    expect.stringContaining('--at: "y" is not a time in ISO 8601'),
  ])
})

test('a secret that is given twice is not repeated in the error', () => {
  expect(failureOf({ 'database-url': ['hunter2', 'hunter3'] }).message).toBe(
    '--database-url: given 2 times, takes one value',
  )
})

test('environment variables are read in order, and only for inputs that were not given', () => {
  const environment = { DATABASE_URL: '', PG_URL: 'second', STORES: 'file:./a\nfile:./b' }
  expect(parseInputs(table, withEnvironment(reader({}), environment))).toMatchObject({
    databaseUrl: 'second',
    store: ['file:./a', 'file:./b'],
  })
  const given = withEnvironment(reader({ 'database-url': 'first' }), environment)
  expect(parseInputs(table, given).databaseUrl).toBe('first')
})

test('an invalid value from the environment fails with the name of the variable', () => {
  const rows = inputTable({ days: { kind: 'count', summary: 'x', environment: ['BACKUP_RETENTION_DAYS'] } })
  const read = withEnvironment(reader({}), { BACKUP_RETENTION_DAYS: 'thirty' })
  expect(() => parseInputs(rows, read)).toThrow(
    expect.objectContaining({
      code: 'input/invalid',
      message: expect.stringContaining('BACKUP_RETENTION_DAYS: "thirty" is not a whole number'),
    }),
  )
})

test('a long invalid value is shortened in the error', () => {
  expect(failureOf({ jobs: `1\n${'x'.repeat(500)}` }).message.length).toBeLessThan(160)
})
