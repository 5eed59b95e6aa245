// The log of a job: progress that does not flood it, phases that are remembered.
import { expect, test } from 'vitest'
import { actionReporter } from '../../../src/hosts/action/reporter.ts'
import { handClock } from '../cli/fake-host.ts'
import { recordingRunner } from './fake-runner.ts'

function reporting() {
  const clock = handClock()
  const runner = recordingRunner()
  return { clock, runner, reporter: actionReporter(runner, clock, (text) => text.replaceAll('hush', '***'), 'Title') }
}

test('progress is a line every thirty seconds, the first one after thirty', () => {
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

test('another piece of work counts its own thirty seconds', async () => {
  const { clock, runner, reporter } = reporting()
  reporter.progress({ what: 'Dumping', bytes: 0 })
  clock.forward(29)
  reporter.progress({ what: 'Reading back', bytes: 1 })
  clock.forward(29)
  reporter.progress({ what: 'Reading back', bytes: 2 })
  expect(runner.said).toEqual([])
})

test('phases and warnings are remembered, masked', async () => {
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

test('a phase is told at once, and has a group only if it says something', async () => {
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

test('a secret with something invisible inside is masked once that is taken out', () => {
  const { runner, reporter } = reporting()
  reporter.note('hu\u200bsh')
  expect(runner.said).toEqual(['info ***'])
})
