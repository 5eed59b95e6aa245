// The arguments of a command line: flags, values and positional arguments, and the errors in them.
import { expect, test } from 'vitest'
import { printsValues, run, sampleCommand } from './fake-host.ts'

async function valuesFor(...words: string[]): Promise<Record<string, unknown>> {
  const { out } = await run(['sample', '--json', ...words], printsValues)
  return JSON.parse(out) as Record<string, unknown>
}

test('flags, negated flags, values, repeated values and the positional argument become typed values', async () => {
  const words = ['20261124', '--no-source-counts', '--dry-run', '--keep-last', '7', '--store=a=b', '--store', 'c']
  expect(await valuesFor(...words)).toEqual({
    backup: '20261124',
    keepLast: 7,
    sourceCounts: false,
    dryRun: true,
    store: ['a=b', 'c'],
  })
})

test('a flag may be followed by true or false, after a space or an equals sign', async () => {
  expect(await valuesFor('--source-counts', 'false', '--dry-run=true')).toMatchObject({
    sourceCounts: false,
    dryRun: true,
  })
})

test.each([
  [['redis'], { kind: 'redis', backup: 'latest' }],
  [['redis', '20261124'], { kind: 'redis', backup: '20261124' }],
  [['20261124', '--kind', 'redis'], { kind: 'redis', backup: '20261124' }],
  [['--kind', 'redis', 'platform'], { kind: 'redis', backup: 'platform' }],
])('positional arguments are the kind and the backup: %j', async (words, values) => {
  expect(await valuesFor(...words)).toMatchObject(values)
})

test('everything after -- is positional', async () => {
  expect(await valuesFor('--', '--odd-id')).toMatchObject({ backup: '--odd-id' })
})

test('unknown flags, bad values, missing values and surplus arguments are reported in one message', async () => {
  const words = [
    'sample',
    'a',
    'b',
    '--kep-last',
    '--keep-last=none',
    '--dry-run=maybe',
    '--no-backup',
    '-x',
    '--store',
  ]
  const { code, out, err } = await run(words, printsValues)
  expect(code).toBe(2)
  expect(out).toBe('')
  expect(err.split('\n')).toEqual([
    'error: 7 inputs are wrong:',
    '  unexpected argument "b"',
    '  unknown flag --kep-last; did you mean --keep-last?',
    '  unknown flag --no-backup; did you mean --backup?',
    '  unknown flag -x',
    '  --store: needs a value',
    '  --keep-last: "none" is not a whole number, at least 1',
    '  --dry-run: "maybe" is not true or false',
    'hint: Run resguardo sample --help for the flags and their values.',
    'code: input/invalid',
    '',
  ])
})

test.each([
  [['--kep-last', '7'], ['unknown flag --kep-last; did you mean --keep-last?']],
  [['--kep-last', '7', 'redis'], ['unknown flag --kep-last; did you mean --keep-last?']],
  [['--tenant', '7'], ['unknown flag --tenant']],
  [
    ['--kep-last=7', 'a', 'b'],
    ['unknown flag --kep-last; did you mean --keep-last?', 'unexpected argument "b"'],
  ],
  [
    ['--dry-rum', 'a', 'b'],
    ['unknown flag --dry-rum; did you mean --dry-run?', 'unexpected argument "b"'],
  ],
])('the value of an unknown flag does not count as an argument: %j', async (words, problems) => {
  const { out } = await run(['sample', '--json', ...words], printsValues)
  const { error } = JSON.parse(out) as { error: { message: string; details?: string[] } }
  expect(error.details ?? [error.message]).toEqual(problems)
})

test('violated rules across inputs are reported together after all single inputs are valid', async () => {
  const strict = sampleCommand(async () => ({ outputs: {}, report: [], document: {} }), {
    check: () => ['--dry-run and --store do not go together', '--keep-last needs --store'],
  })
  const { code, err } = await run(['sample'], strict)
  expect(code).toBe(2)
  expect(err).toContain('2 inputs are wrong:\n  --dry-run and --store')
})

test('a missing command, an unknown command and an unknown flag before it are usage failures', async () => {
  expect(await run([], printsValues)).toMatchObject({ code: 2, err: expect.stringContaining('no command was given') })
  expect(await run(['--vresion'], printsValues)).toMatchObject({
    code: 2,
    err: expect.stringContaining('did you mean --version?'),
  })
  expect(await run(['constructor'], printsValues)).toMatchObject({
    code: 2,
    err: expect.stringContaining('no command "constructor"'),
  })
  expect(await run(['sample', '--constructor'], printsValues)).toMatchObject({ code: 2 })
})

test('a secret on the command line causes a warning that does not show it', async () => {
  const { err } = await run(['sample', '--database-url', 'postgresql://u:geheim12@h/d'], printsValues)
  expect(err).toContain('warning: --database-url on the command line is visible')
  expect(err).not.toContain('geheim12')
})
