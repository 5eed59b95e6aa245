// A run of the command line from words to exit code, without a process around it.
import { expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { paragraph, table } from '../../../src/report/report.ts'
import { handClock, recorder, run, sampleCommand } from './fake-host.ts'

const seen = sampleCommand(async (values) => ({ outputs: {}, report: [paragraph('line')], document: values }))

function failing(failure: Error) {
  return sampleCommand(async () => {
    throw failure
  })
}

async function valuesFor(...words: string[]): Promise<Record<string, unknown>> {
  const { out } = await run(['sample', '--json', ...words], seen)
  return JSON.parse(out) as Record<string, unknown>
}

test('flags, negated flags, values, repeated values and the positional arrive as typed values', async () => {
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
])('arguments are the kind and the backup: %j', async (words, values) => {
  expect(await valuesFor(...words)).toMatchObject(values)
})

test('everything after -- is positional', async () => {
  expect(await valuesFor('--', '--odd-id')).toMatchObject({ backup: '--odd-id' })
})

test('results go to stdout as lines, and with --json as one document while the lines go to stderr', async () => {
  expect(await run(['sample'], seen)).toEqual({ code: 0, out: 'line\n', err: '' })
  const { out, err } = await run(['sample', '--json'], seen)
  expect(JSON.parse(out)).toMatchObject({ keepLast: 3 })
  expect(err).toBe('line\n')
})

test('with --json, stderr has no tables, because the document contains their rows', async () => {
  const work = sampleCommand(async () => ({
    outputs: {},
    report: [paragraph('line'), table(['Title'], [['cell']])],
    document: { rows: ['cell'] },
  }))
  expect((await run(['sample'], work)).out).toContain('cell')
  const { out, err } = await run(['sample', '--json'], work)
  expect([JSON.parse(out), err]).toEqual([{ rows: ['cell'] }, 'line\n'])
})

const pages = Array.from({ length: 10 }, () => 'x'.repeat(1 << 16))

test('with a slow reader, only one portion of the output waits in memory', async () => {
  const stdout = recorder()
  let [waiting, most] = [0, 0]
  const write = (text: string, written?: () => void) => {
    stdout.text += text
    waiting += text.length
    most = Math.max(most, waiting)
    setImmediate(() => {
      waiting -= text.length
      written?.()
    })
  }
  const work = sampleCommand(async () => ({ outputs: {}, report: [], document: { pages } }))
  await run(['sample', '--json'], work, { stdout: { ...stdout, write } })
  expect(JSON.parse(stdout.text)).toEqual({ pages })
  expect(most).toBeLessThan(3 << 16)
})

test('an interruption ends the output to a reader that does not read', async () => {
  const stopping = new AbortController()
  const stopped = new Failure('interrupted', 'interrupted by SIGINT')
  const written: string[] = []
  const write = (text: string) => {
    written.push(text)
    stopping.abort(stopped)
  }
  const work = sampleCommand(async () => ({ outputs: {}, report: pages.map((page) => paragraph(page)), document: {} }))
  const { code, err } = await run(['sample'], work, { stdout: { write }, signal: stopping.signal })
  expect([code, err]).toEqual([stopped.exitCode, expect.stringContaining('code: interrupted')])
  expect(written).toHaveLength(1)
})

test('output ends when its reader is gone', async () => {
  const written: string[] = []
  const write = (text: string, done?: (error: Error) => void) => {
    written.push(text)
    done?.(new Error('write EPIPE'))
  }
  const work = sampleCommand(async () => ({ outputs: {}, report: pages.map((page) => paragraph(page)), document: {} }))
  const { code } = await run(['sample'], work, { stdout: { write } })
  expect([code, written.length]).toEqual([0, 1])
})

test('with --quiet, a successful command prints nothing or only the JSON document', async () => {
  const work = sampleCommand(async (_, { reporter }) => {
    reporter.note('a note')
    await reporter.phase('a phase', async () => reporter.progress({ what: 'Reading', bytes: 1 }))
    return { outputs: {}, report: [paragraph('line')], document: { a: 1 } }
  })
  expect(await run(['sample', '--quiet'], work)).toEqual({ code: 0, out: '', err: '' })
  const { out, err } = await run(['sample', '--quiet', '--json'], work)
  expect([JSON.parse(out), err]).toEqual([{ a: 1 }, ''])
})

test('with --quiet, warnings and complete failures are printed', async () => {
  const work = sampleCommand(async (_, { reporter }) => {
    reporter.note('a note')
    reporter.warn('a warning')
    return {
      outputs: {},
      report: [paragraph('line')],
      document: {},
      failure: new Failure('store/object-damaged', 'broken'),
    }
  })
  const { code, out, err } = await run(['sample', '--quiet'], work)
  expect([code, out]).toEqual([4, 'line\n'])
  expect(err).toMatch(/^warning: a warning\nerror: broken\n/)
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
  const { code, out, err } = await run(words, seen)
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
  const { out } = await run(['sample', '--json', ...words], seen)
  const { error } = JSON.parse(out) as { error: { message: string; details?: string[] } }
  expect(error.details ?? [error.message]).toEqual(problems)
})

test('rules across inputs are reported together, once every single input is right', async () => {
  const strict = sampleCommand(async () => ({ outputs: {}, report: [], document: {} }), {
    check: () => ['--dry-run and --store do not go together', '--keep-last needs --store'],
  })
  const { code, err } = await run(['sample'], strict)
  expect(code).toBe(2)
  expect(err).toContain('2 inputs are wrong:\n  --dry-run and --store')
})

test.each([
  ['internal/bug', 1],
  ['input/invalid', 2],
  ['restore/blocked', 3],
  ['store/object-damaged', 4],
  ['disk/full', 5],
  ['postgres/timeout', 6],
  ['interrupted', 130],
] as const)('the failure %s ends with exit code %i', async (failure, expected) => {
  const { code, err } = await run(['sample'], failing(new Failure(failure, 'it went wrong', { hint: 'Mend it.' })))
  expect(code).toBe(expected)
  expect(err).toBe(`error: it went wrong\nhint: Mend it.\ncode: ${failure}\n`)
})

test('with --json a failure is one JSON document on stdout, also for a bad command line', async () => {
  const { out } = await run(
    ['sample', '--json'],
    failing(new Failure('store/object-damaged', 'bytes differ', { hint: 'PreflightContext.' })),
  )
  expect(JSON.parse(out)).toEqual({
    error: {
      code: 'store/object-damaged',
      kind: 'integrity',
      message: 'bytes differ',
      hint: 'PreflightContext.',
      exitCode: 4,
    },
  })
  const bad = await run(['sampel', '--json'], seen)
  expect(JSON.parse(bad.out)).toMatchObject({
    error: { code: 'input/unknown-command', message: 'there is no command "sampel"; did you mean sample?' },
  })
})

test('a command that has something to show although it failed shows both', async () => {
  const partly = sampleCommand(async () => ({
    outputs: {},
    report: [paragraph('one of two stores')],
    document: { stores: 1 },
    failure: new Failure('s3/unavailable', 'the other store is down'),
  }))
  expect(await run(['sample'], partly)).toEqual({
    code: 6,
    out: 'one of two stores\n',
    err: 'error: the other store is down\ncode: s3/unavailable\n',
  })
  const { code, out } = await run(['sample', '--json'], partly)
  expect(code).toBe(6)
  expect(JSON.parse(out)).toEqual({
    stores: 1,
    error: { code: 's3/unavailable', kind: 'unreachable', message: 'the other store is down', exitCode: 6 },
  })
})

test('a stack is shown only with --debug, down to the first cause', async () => {
  const failure = new Failure('tool/failed', 'top', { cause: new Error('middle', { cause: 'bottom' }) })
  expect((await run(['sample'], failing(failure))).err).not.toMatch(/ at |middle/)
  expect((await run(['sample', '--debug'], failing(failure))).err).toMatch(
    /Failure: top\n {8}at [\s\S]*Error: middle[\s\S]*\n {4}bottom\n/,
  )
})

test('what is thrown that is no failure is a bug', async () => {
  expect(await run(['sample'], failing(new TypeError('x is undefined')))).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^error: x is undefined\nhint: This is a bug in Resguardo/),
  })
})

test('whatever breaks after an interruption is the interruption', async () => {
  const stopping = new AbortController()
  const broken = sampleCommand(async () => {
    stopping.abort(new Failure('interrupted', 'interrupted by SIGINT'))
    throw new Failure('tool/failed', 'pg_dump was ended by SIGINT')
  })
  const { code, err } = await run(['sample'], broken, { signal: stopping.signal })
  expect(code).toBe(130)
  expect(err).toBe('error: interrupted by SIGINT\ncode: interrupted\n')
})

test('work that does not end within five seconds of an interruption is given up', async () => {
  const stopping = new AbortController()
  const waits: number[] = []
  const clock = { ...handClock(), sleep: async (seconds: number) => void waits.push(seconds) }
  const stuck = sampleCommand(() => {
    queueMicrotask(() => stopping.abort(new Failure('interrupted', 'interrupted by SIGTERM')))
    return new Promise(() => {})
  })
  const { code, err } = await run(['sample'], stuck, { signal: stopping.signal, clock })
  expect({ code, err, waits }).toEqual({
    code: 130,
    err: 'error: interrupted by SIGTERM\ncode: interrupted\n',
    waits: [5],
  })
})

test('a crash outside the work ends the run as a bug', async () => {
  const stuck = sampleCommand(() => new Promise(() => {}))
  const { code, err } = await run(['sample'], stuck, { crashed: Promise.reject(new Error('from nowhere')) })
  expect(code).toBe(1)
  expect(err).toContain('error: from nowhere')
})

test('nothing is run for --help and --version, even beside bad inputs', async () => {
  const untouched = failing(new Error('ran'))
  expect(await run(['sample', '--keep-last=x', '--help'], untouched)).toMatchObject({ code: 0, err: '' })
  expect(await run(['sample', '--version'], untouched)).toEqual({ code: 0, out: '9.9.9\n', err: '' })
  expect(await run(['--version'], untouched)).toEqual({ code: 0, out: '9.9.9\n', err: '' })
})

test('no command, an unknown flag before the command, and an unknown command are usage failures', async () => {
  expect(await run([], seen)).toMatchObject({ code: 2, err: expect.stringContaining('no command was given') })
  expect(await run(['--vresion'], seen)).toMatchObject({
    code: 2,
    err: expect.stringContaining('did you mean --version?'),
  })
  expect(await run(['constructor'], seen)).toMatchObject({
    code: 2,
    err: expect.stringContaining('no command "constructor"'),
  })
  expect(await run(['sample', '--constructor'], seen)).toMatchObject({ code: 2 })
})

test('a secret on the command line is warned of, without showing it', async () => {
  const { err } = await run(['sample', '--database-url', 'postgresql://u:geheim12@h/d'], seen)
  expect(err).toContain('warning: --database-url on the command line is visible')
  expect(err).not.toContain('geheim12')
})
