// Compares two fingerprints of Redis: that of a backup, and that of the restored data.
import type { Difference } from '../fingerprint/fingerprint.ts'
import {
  type QueueFingerprint,
  queueName,
  queueStates,
  type RedisDatabaseFingerprint,
  type RedisFingerprint,
  redisTypes,
} from './redis-fingerprint.ts'

/** Returns the differences of `actual` from `expected`, without queues and functions that only `actual` has. */
export function compareRedisFingerprints(expected: RedisFingerprint, actual: RedisFingerprint): Difference[] {
  return [
    ...compareDatabases(expected.databases, actual.databases),
    ...compareQueues(expected.queues, actual.queues),
    ...compareFunctions(expected.functions, actual.functions),
  ]
}

function compareDatabases(
  expected: readonly RedisDatabaseFingerprint[],
  actual: readonly RedisDatabaseFingerprint[],
): Difference[] {
  const numbers = [...new Set([...expected, ...actual].map(({ database }) => database))].sort((a, b) => a - b)
  return numbers.flatMap((database) => {
    const empty = { database, keys: 0, expiring: 0, types: {}, digest: '0000000000000000' }
    const was = expected.find((each) => each.database === database) ?? empty
    const is = actual.find((each) => each.database === database) ?? empty
    const name = `database ${database}`
    return databaseReasons(was, is).map((reason) => ({ what: 'keys' as const, name, sentence: `${name}: ${reason}` }))
  })
}

function databaseReasons(was: RedisDatabaseFingerprint, is: RedisDatabaseFingerprint): string[] {
  const reasons = [
    ...(was.keys === is.keys ? [] : [`${keys(was.keys)} in the backup, ${is.keys} restored`]),
    ...redisTypes.flatMap((type) => {
      const [before, now] = [was.types[type] ?? 0, is.types[type] ?? 0]
      return before === now ? [] : [`${keys(before)} of type ${type} in the backup, ${now} restored`]
    }),
    ...(was.expiring === is.expiring
      ? []
      : [`${keys(was.expiring)} with a time to live in the backup, ${is.expiring} restored`]),
  ]
  if (reasons.length > 0 || was.digest === is.digest) return reasons
  return ['same number of keys of each type, but their names, expiry or number of elements differ']
}

function keys(count: number): string {
  return count === 1 ? '1 key' : `${count} keys`
}

function compareQueues(expected: readonly QueueFingerprint[], actual: readonly QueueFingerprint[]): Difference[] {
  const found = new Map(actual.map((queue) => [keyOf(queue), queue]))
  return expected.flatMap((queue) => {
    const name = queueName(queue)
    const now = found.get(keyOf(queue))
    const reasons = now ? queueReasons(queue, now) : ['the queue is missing']
    return reasons.map((reason) => ({ what: 'queue' as const, name, sentence: `queue ${name}: ${reason}` }))
  })
}

function keyOf({ database, prefix, name }: QueueFingerprint): string {
  return JSON.stringify([database, prefix, name])
}

function queueReasons(was: QueueFingerprint, is: QueueFingerprint): string[] {
  return [
    ...queueStates.flatMap((state) => {
      const [before, now] = [was.states[state] ?? 0, is.states[state] ?? 0]
      return before === now ? [] : [`${before} jobs ${state} in the backup, ${now} restored`]
    }),
    ...(was.paused === is.paused
      ? []
      : [was.paused ? 'was paused in the backup, but is not now' : 'was not paused in the backup, but is now']),
  ]
}

function compareFunctions(expected: readonly string[], actual: readonly string[]): Difference[] {
  const there = new Set(actual)
  return expected
    .filter((library) => !there.has(library))
    .map((library) => ({ what: 'function', name: library, sentence: `function library ${library} is missing` }))
}
