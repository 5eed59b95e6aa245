// Signals: the first one aborts the command, a later one ends the process.
import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { watchSignals } from '../../src/hosts/signals.ts'
import { handClock } from './cli/fake-host.ts'

test('two signals in quick succession count as one, and a later one ends the process', () => {
  const source = new EventEmitter()
  const clock = handClock()
  const seen: string[] = []
  watchSignals(source, clock, {
    first: (name) => seen.push(`first ${name}`),
    again: (name) => seen.push(`again ${name}`),
  })
  source.emit('SIGINT')
  clock.forward(0.2)
  source.emit('SIGINT')
  clock.forward(7.5)
  source.emit('SIGTERM')
  expect(seen).toEqual(['first SIGINT', 'again SIGTERM'])
})
