// The end of a run of the command line: exit codes, errors, interruptions and crashes.
import { expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { paragraph } from '../../../src/report/report.ts'
import { failing, handClock, printsValues, run, sampleCommand } from './fake-host.ts'

test.each([
  ['internal/bug', 1],
  ['input/invalid', 2],
  ['restore/blocked', 3],
  ['store/object-damaged', 4],
  ['disk/full', 5],
  ['postgres/timeout', 6],
  ['interrupted', 130],
] as const)('the failure %s ends with exit code %i', async (failure, expected) => {
  const { code, err } = await run(['sample'], failing(new Failure(failure, 'it went wrong', { hint: 'Repair it.' })))
  expect(code).toBe(expected)
  expect(err).toBe(`error: it went wrong\nhint: Repair it.\ncode: ${failure}\n`)
})

test('with --json, a failure is one JSON document on stdout, even for an invalid command line', async () => {
  const { out } = await run(
    ['sample', '--json'],
    failing(new Failure('store/object-damaged', 'bytes differ', { hint: 'Check the disk.' })),
  )
  expect(JSON.parse(out)).toEqual({
    error: {
      code: 'store/object-damaged',
      kind: 'integrity',
      message: 'bytes differ',
      hint: 'Check the disk.',
      exitCode: 4,
    },
  })
  const bad = await run(['sampel', '--json'], printsValues)
  expect(JSON.parse(bad.out)).toMatchObject({
    error: { code: 'input/unknown-command', message: 'there is no command "sampel"; did you mean sample?' },
  })
})

test('a command that fails with a result shows the result and the error', async () => {
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

test('a stack trace with the chain of causes is shown only with --debug', async () => {
  const failure = new Failure('tool/failed', 'top', { cause: new Error('middle', { cause: 'bottom' }) })
  expect((await run(['sample'], failing(failure))).err).not.toMatch(/ at |middle/)
  expect((await run(['sample', '--debug'], failing(failure))).err).toMatch(
    /Failure: top\n {8}at [\s\S]*Error: middle[\s\S]*\n {4}bottom\n/,
  )
})

test('an error that is not a Failure is reported as a bug', async () => {
  expect(await run(['sample'], failing(new TypeError('x is undefined')))).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^error: x is undefined\nhint: This is a bug in Resguardo/),
  })
})

test('a failure after an interruption is reported as the interruption', async () => {
  const stopping = new AbortController()
  const broken = sampleCommand(async () => {
    stopping.abort(new Failure('interrupted', 'interrupted by SIGINT'))
    throw new Failure('tool/failed', 'pg_dump was ended by SIGINT')
  })
  const { code, err } = await run(['sample'], broken, { signal: stopping.signal })
  expect(code).toBe(130)
  expect(err).toBe('error: interrupted by SIGINT\ncode: interrupted\n')
})

test('a command that does not end within five seconds of an interruption is abandoned', async () => {
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

test('a crash outside the command ends the run and is reported as a bug', async () => {
  const stuck = sampleCommand(() => new Promise(() => {}))
  const { code, err } = await run(['sample'], stuck, { crashed: Promise.reject(new Error('from nowhere')) })
  expect(code).toBe(1)
  expect(err).toContain('error: from nowhere')
})

test('with --help or --version, the command does not run, even with invalid inputs', async () => {
  const untouched = failing(new Error('ran'))
  expect(await run(['sample', '--keep-last=x', '--help'], untouched)).toMatchObject({ code: 0, err: '' })
  expect(await run(['sample', '--version'], untouched)).toEqual({ code: 0, out: '9.9.9\n', err: '' })
  expect(await run(['--version'], untouched)).toEqual({ code: 0, out: '9.9.9\n', err: '' })
})
