// What the log of a scratch server means for the backup.
import { expect, test } from 'vitest'
import { endedFailure } from '../../../src/engines/redis/scratch/server-log.ts'

const failureOf = (...lines: string[]) =>
  endedFailure(lines.map((line) => `9:M 24 Nov 2026 02:00:00.000 # ${line}`).join('\n'), 'exited with 1', '/x')

test.each([
  ["The RDB file contains module data I can't load: no matching module type 'vectorset'", 'vectorset'],
  ["The RDB file contains AUX module data I can't load: no matching module 'ft_index0'", 'ft_index0'],
  ["The RDB file contains module data I can't load: no matching module type 'ReJSON-RL'", 'ReJSON-RL'],
])('%s: not drilled here', (line, name) => {
  const failure = failureOf(line, 'Fatal error loading the DB. Exiting.')
  expect(failure).toMatchObject({ code: 'drill/missing-module', kind: 'tool' })
  expect(failure.message).toContain(name)
})

test.each([
  ["Can't handle RDB format version 12", 'drill/redis-too-old'],
  ['Short read or OOM loading DB. Unrecoverable error, aborting now.', 'redis/rdb-damaged'],
  ['Write error saving DB on disk: No space left on device', 'disk/full'],
  ['Internal error in RDB reading offset 0, function at rdb.c:1 -> Unknown RDB encoding type 40', 'redis/rdb-damaged'],
])('%s: %s', (line, code) => {
  expect(failureOf(line).code).toBe(code)
})
