// A run of an action: inputs, outputs, log, summary and exit code.
import { expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { heading, inTerminal, onPage, paragraph, report } from '../../../src/report/report.ts'
import { handClock, sampleCommand } from '../cli/fake-host.ts'
import { runSample } from './fake-runner.ts'

const seen = sampleCommand(async (values) => ({
  outputs: {},
  report: [paragraph(JSON.stringify(values))],
  document: {},
}))
const outputs = { path: 'Where it lies', rows: 'How many', suspect: 'Whether', gone: 'Not this time' }

function failing(failure: Error) {
  return sampleCommand(async () => {
    throw failure
  })
}

test('inputs are parsed into typed values, with defaults for empty ones', async () => {
  const { said } = await runSample(seen, { 'keep-last': '7', store: 'a b\n\n  c\n', 'dry-run': 'true', backup: '' })
  expect(JSON.parse(said[0]?.slice('info '.length) ?? '')).toEqual({
    backup: 'latest',
    keepLast: 7,
    sourceCounts: true,
    dryRun: true,
    store: ['a b', 'c'],
  })
})

test('invalid inputs are reported in one failure by their names in with:, and the command does not run', async () => {
  const { code, said, summary } = await runSample(failing(new Error('ran')), { 'keep-last': '3x', 'dry-run': 'yes' })
  expect(code).toBe(2)
  expect(said.filter((line) => line.startsWith('error'))).toEqual([
    'error [Resguardo: sample failed] 2 inputs are wrong:\n  keep-last: "3x" is not a whole number, at least 1\n  dry-run: "yes" is not true or false',
  ])
  expect(said.join('\n')).toContain('info hint: Correct the inputs')
  expect(summary).toContain('## ⛔ sample failed')
})

test('a violated rule across inputs is a usage failure', async () => {
  const strict = sampleCommand(async () => ({ outputs: {}, report: [], document: {} }), {
    check: () => ['a and b do not go together'],
  })
  expect(await runSample(strict)).toMatchObject({
    code: 2,
    outputs: { 'failure-kind': 'usage', 'failure-code': 'input/invalid' },
  })
})

test('declared outputs with a value are set as text, and outputs without a value are not set', async () => {
  const giving = sampleCommand(
    async () => ({
      outputs: { path: 'file:./x', rows: 3, suspect: false, gone: undefined } as never,
      report: [],
      document: {},
    }),
    { outputs } as never,
  )
  expect((await runSample(giving)).outputs).toEqual({
    path: 'file:./x',
    rows: '3',
    suspect: 'false',
    'failure-kind': '',
    'failure-code': '',
  })
})

test('a command that fails with a result sets its outputs, logs its report and then the error', async () => {
  const partly = sampleCommand(
    async () => ({
      outputs: { rows: 3 } as never,
      report: [paragraph('one of two stores')],
      document: {},
      failure: new Failure('s3/unavailable', 'the other store is down', { hint: 'Repair it.' }),
    }),
    { outputs } as never,
  )
  const { code, said, outputs: set, summary } = await runSample(partly)
  expect(code).toBe(6)
  expect(set).toEqual({ rows: '3', 'failure-kind': 'unreachable', 'failure-code': 's3/unavailable' })
  expect(said.filter((line) => !line.startsWith('debug'))).toEqual([
    'info one of two stores',
    'error [Resguardo: sample failed] the other store is down',
    'info hint: Repair it.',
    'info code: s3/unavailable',
  ])
  expect(summary).toMatch(/the other store is down[\s\S]*Repair it\.[\s\S]*one of two stores/)
})

test.each([
  ['internal/bug', 'bug', 1],
  ['restore/blocked', 'refused', 3],
  ['store/object-damaged', 'integrity', 4],
  ['disk/full', 'tool', 5],
  ['postgres/timeout', 'unreachable', 6],
  ['interrupted', 'interrupted', 130],
] as const)(
  'the failure %s has outputs for its code and kind (%s) and ends with exit code %i',
  async (failure, kind, expected) => {
    const { code, outputs: set } = await runSample(failing(new Failure(failure, 'it went wrong')))
    expect({ code, set }).toEqual({ code: expected, set: { 'failure-kind': kind, 'failure-code': failure } })
  },
)

test('the group of a failed phase ends before the error, and the summary lists the time of each phase', async () => {
  const clock = handClock()
  const broken = sampleCommand(async (_, { reporter }) => {
    await reporter.phase('Looking', async () => clock.forward(2))
    return reporter.phase('Dumping', async () => {
      clock.forward(65)
      reporter.warn('slow')
      throw new Failure('tool/failed', 'pg_dump failed', { hint: 'Check the disk.' })
    })
  })
  const { said, summary } = await runSample(broken, {}, { clock })
  expect(said.filter((line) => !line.startsWith('debug'))).toEqual([
    'info Looking',
    'info   done in 2.0 s',
    'info Dumping',
    'group Dumping: output',
    'warning [Resguardo: sample] slow',
    'endgroup',
    'info   failed after 1 min 5 s',
    'error [Resguardo: sample failed] pg\\_dump failed'.replace('\\', ''),
    'info hint: Check the disk.',
    'info code: tool/failed',
  ])
  expect(summary).toContain('| **Failed in** | Dumping |')
  expect(summary).toContain('| **What to do** | Check the disk. |')
  expect(summary).toContain('| Dumping | 1 min 5 s | failed |')
  expect(summary).toContain('- [x] ⚠️ slow')
})

test.each([
  ['Run: resguardo backup --trigger pre-migration', 'What to do, from a terminal'],
  ['See what there is with `resguardo list`.', 'What to do, from a terminal'],
  ['Free some space (resguardo prune).', 'What to do, from a terminal'],
  ['Report it to those who make resguardo itself.', 'What to do'],
])('the hint "%s" has the label: %s', async (hint, label) => {
  const { summary } = await runSample(failing(new Failure('gate/blocked', 'no', { hint })))
  expect(summary).toContain(`| **${label}** |`)
})

test('a warning with the same text as the failure is shown once', async () => {
  const twice = sampleCommand(async (_, { reporter }) => {
    reporter.warn('it is down')
    throw new Failure('s3/unreachable', 'it is down')
  })
  expect((await runSample(twice)).summary.match(/it is down/g)).toHaveLength(1)
})

test('a command that hangs after an interruption is abandoned, its group ends, and a summary is written', async () => {
  const stopping = new AbortController()
  const stuck = sampleCommand((_, { reporter }) => {
    queueMicrotask(() => stopping.abort(new Failure('interrupted', 'interrupted by SIGINT')))
    return reporter.phase('Dumping', () => {
      reporter.note('12 tables')
      return new Promise(() => {})
    })
  })
  const { code, said, summary } = await runSample(stuck, {}, { signal: stopping.signal })
  expect(code).toBe(130)
  expect(said.slice(0, 3)).toEqual(['info Dumping', 'group Dumping: output', 'info 12 tables'])
  expect(said[3]).toBe('endgroup')
  expect(summary).toContain('sample was interrupted')
})

test('a failure after an interruption is reported as the interruption, an unrelated crash as a bug', async () => {
  const stopping = new AbortController()
  const broken = sampleCommand(async () => {
    stopping.abort(new Failure('interrupted', 'interrupted by SIGTERM'))
    throw new Failure('tool/failed', 'pg_dump was ended by SIGTERM')
  })
  expect((await runSample(broken, {}, { signal: stopping.signal })).code).toBe(130)
  const stuck = sampleCommand(() => new Promise(() => {}))
  const { code, said } = await runSample(stuck, {}, { crashed: Promise.reject(new Error('from nowhere')) })
  expect(code).toBe(1)
  expect(said[0]).toBe('error [Resguardo: sample failed] from nowhere')
})

test('without a summary file no summary is written, and a write error is a warning', async () => {
  expect(await runSample(seen, {}, { appendSummary: undefined })).toMatchObject({ code: 0, summary: '' })
  const full = async () => {
    throw new Failure('disk/full', 'the disk is full')
  }
  const { code, said } = await runSample(seen, {}, { appendSummary: full })
  expect(code).toBe(0)
  expect(said.at(-1)).toBe(
    'warning [Resguardo: sample] The summary of this step could not be written: the disk is full.',
  )
})

test('the GitHub ID token is available only if the job has the permission', async () => {
  const asking = sampleCommand(async (_, { idToken }) => ({
    outputs: {},
    report: [paragraph((await idToken?.('sts')) ?? 'none')],
    document: {},
  }))
  expect((await runSample(asking)).said).toEqual(['info none'])
  const environment = { ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1' }
  expect((await runSample(asking, {}, { environment })).said).toEqual(['info token for sts'])
})

test('workflow commands in output of user commands or databases are escaped', async () => {
  const rude = sampleCommand(async (_, { reporter }) => {
    for (const text of [
      '::add-mask::x',
      '  ::stop-commands::y',
      '##[set-output name=a]b',
      ':\u200d:add-path::p',
      'a::b',
    ])
      reporter.note(text)
    reporter.note('1\r::add-mask::x\n::stop-commands::y\n#\u200d#[error]a\u0085\u001b[31mred\u001b[0m\u202e')
    return { outputs: {}, report: [paragraph('::error::z')], document: {} }
  })
  expect((await runSample(rude)).said).toEqual([
    'info : :add-mask::x',
    'info   : :stop-commands::y',
    'info # #[set-output name=a]b',
    'info : :add-path::p',
    'info a::b',
    'info 1\\x0d::add-mask::x\\x0a::stop-commands::y\\x0a# #[error]a\\u0085\\x1b[31mred\\x1b[0m\\u202e',
    'info : :error::z',
  ])
})

test('the report of a command appears in the log and the summary', async () => {
  const parts = report(heading('Title', 'done'), inTerminal(paragraph('in the log')), onPage(paragraph('on the page')))
  const { said, summary } = await runSample(sampleCommand(async () => ({ outputs: {}, report: parts, document: {} })))
  expect(said).toEqual(['info Title', 'info in the log'])
  expect(summary).toBe('## ✅ Title\n\non the page\n\n')
})
