// Output of a command to stdout and stderr: --json, --quiet, and slow or closed readers.
import { expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { paragraph, table } from '../../../src/report/report.ts'
import { printsValues, recorder, run, sampleCommand } from './fake-host.ts'

test('results are lines on stdout; with --json a document is on stdout and the lines on stderr', async () => {
  expect(await run(['sample'], printsValues)).toEqual({ code: 0, out: 'line\n', err: '' })
  const { out, err } = await run(['sample', '--json'], printsValues)
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

test('with a slow reader, at most one chunk of the output is buffered', async () => {
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

test('an interruption ends the output to a blocked reader', async () => {
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

test('output ends without an error if the reader closes the pipe', async () => {
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

test('with --quiet, warnings and the full report of a failure are printed', async () => {
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
