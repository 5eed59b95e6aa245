// Phases, notes and progress in a terminal.
import { expect, test } from 'vitest'
import { terminalReporter } from '../../../src/hosts/cli/terminal-reporter.ts'
import { progressText } from '../../../src/hosts/progress.ts'
import { handClock, recorder } from './fake-host.ts'

function reporting(isTTY: boolean) {
  const clock = handClock()
  const output = recorder(isTTY)
  return { clock, output, reporter: terminalReporter(output, clock, (text) => text) }
}

test('phases are printed with their notes and their time', async () => {
  const { clock, output, reporter } = reporting(false)
  await reporter.phase('Dumping', async () => {
    reporter.note('12 tables')
    clock.forward(42)
  })
  await expect(reporter.phase('Storing', async () => Promise.reject(new Error('full')))).rejects.toThrow('full')
  expect(output.text).toBe('Dumping\n  12 tables\n  done in 42 s\nStoring\n  failed\n')
})

test('without a terminal, a plain progress line is written every ten seconds', () => {
  const { clock, output, reporter } = reporting(false)
  for (let second = 0; second <= 25; second += 1) {
    reporter.progress({ what: 'Dumping', bytes: second * 1e6, of: 100e6 })
    clock.forward(1)
  }
  expect(output.text.split('\n')).toEqual([
    '  Dumping: 10.0 MB of 100 MB, 10%, 1.00 MB/s, 1 min 30 s left',
    '  Dumping: 20.0 MB of 100 MB, 20%, 1.00 MB/s, 1 min 20 s left',
    '',
  ])
})

test('in a terminal, one progress line is redrawn at most ten times a second and cleared for other lines', () => {
  const { clock, output, reporter } = reporting(true)
  for (let step = 0; step < 10; step += 1) {
    reporter.progress({ what: 'Dumping', bytes: step * 1e6 })
    clock.forward(1 / 16)
  }
  expect(output.text.split('\r\u001b[K').length - 1).toBe(5)
  expect(output.text).not.toContain('\n')
  reporter.warn('slow')
  expect(output.text.endsWith('\r\u001b[Kwarning: slow\n')).toBe(true)
})

test('progress above the expected size is shown without a percentage', () => {
  expect(progressText({ what: 'Dumping', bytes: 3e6, of: 2e6 }, 2)).toBe('Dumping: 3.00 MB, 1.50 MB/s')
})
