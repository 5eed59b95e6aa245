// The log of a job: progress lines, groups, phases and warnings.
import { expect, test } from 'vitest'
import { actionReporter } from '../../../src/hosts/action/reporter.ts'
import { handClock } from '../cli/fake-host.ts'
import { recordingRunner } from './fake-runner.ts'

function reporting() {
  const clock = handClock()
  const runner = recordingRunner()
  return { clock, runner, reporter: actionReporter(runner, clock, (text) => text.replaceAll('hush', '***'), 'Title') }
}

test('a progress line is written every 30 seconds, the first one after 30 seconds', () => {
  const { clock, runner, reporter } = reporting()
  for (let second = 0; second <= 65; second += 1) {
    reporter.progress({ what: 'Dumping', bytes: second * 1e6, of: 100e6 })
    clock.forward(1)
  }
  expect(runner.said).toEqual([
    'info Dumping: 30.0 MB of 100 MB, 30%, 1.00 MB/s, 1 min 10 s left',
    'info Dumping: 60.0 MB of 100 MB, 60%, 1.00 MB/s, 40 s left',
  ])
})

test('the interval of 30 seconds restarts for another operation', async () => {
  const { clock, runner, reporter } = reporting()
  reporter.progress({ what: 'Dumping', bytes: 0 })
  clock.forward(29)
  reporter.progress({ what: 'Reading back', bytes: 1 })
  clock.forward(29)
  reporter.progress({ what: 'Reading back', bytes: 2 })
  expect(runner.said).toEqual([])
})

test('phases and warnings are collected with secrets masked', async () => {
  const { clock, reporter } = reporting()
  await reporter.phase('hush now', async () => clock.forward(3))
  await expect(reporter.phase('Storing', () => Promise.reject(new Error('full')))).rejects.toThrow('full')
  reporter.warn('hush')
  reporter.close()
  expect(reporter.phases).toEqual([
    { title: '*** now', seconds: 3, state: 'done' },
    { title: 'Storing', seconds: 0, state: 'failed' },
  ])
  expect(reporter.warnings).toEqual(['***'])
})

test('the title of a phase is logged at its start, and only a phase with output has a group', async () => {
  const { runner, clock, reporter } = reporting()
  await reporter.phase('Looking', async () => clock.forward(3))
  await reporter.phase('Dumping', async () => {
    reporter.note('12 tables')
    reporter.warn('slow')
  })
  reporter.note('at the end')
  expect(runner.said).toEqual([
    'info Looking',
    'info   done in 3.0 s',
    'info Dumping',
    'group Dumping: output',
    'info 12 tables',
    'warning [Title] slow',
    'endgroup',
    'info   done in 0.0 s',
    'info at the end',
  ])
})

test('a secret with an invisible character inside is masked', () => {
  const { runner, reporter } = reporting()
  reporter.note('hu\u200bsh')
  expect(runner.said).toEqual(['info ***'])
})
