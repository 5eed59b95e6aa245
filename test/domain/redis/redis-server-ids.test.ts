import { expect, test } from 'vitest'
import { areDifferentServers } from '../../../src/domain/backups/server-ids.ts'
import { addressIds, redisServerIds } from '../../../src/domain/redis/redis-server-ids.ts'

/** The IDs of a backup that read these nodes. */
function idsOf(address: string | undefined, ...nodes: readonly string[]): string[] {
  const taken = '2026-11-24T02:00:05.000Z'
  return redisServerIds({
    server: { engine: 'redis', version: '7.0.15', major: 7, mode: 'standalone', ...(address && { address }) },
    dump: {
      ...{ method: 'replica', consistency: 'instant' },
      shards: nodes.map((node) => ({ file: 'dump.rdb', address: node, role: 'master', taken, rdbVersion: 10 })),
    },
  })
}

test.each([
  ['the same address', idsOf('Cache.example.com:6379', 'cache.example.com:6379'), ['cache.example.com:6379'], false],
  ['another host', idsOf('staging:6379', 'staging:6379'), ['production:6379'], true],
  ['another port of this machine', idsOf('localhost:6380', 'localhost:6380'), ['localhost:6379'], true],
  ['another name of this machine', idsOf('localhost:6379', '127.0.0.1:6379'), ['[::1]:6379'], false],
  [
    'the same master at Sentinel after a failover',
    idsOf('mymaster', '10.0.0.1:6379'),
    ['mymaster', '10.0.0.2:6379'],
    false,
  ],
  ['the master at Sentinel, by its address', idsOf('mymaster', '10.0.0.1:6379'), ['10.0.0.1:6379'], false],
  ['another master at Sentinel', idsOf('staging', '10.0.1.1:6379'), ['mymaster', '10.0.0.2:6379'], true],
  ['another node of the same cluster', idsOf('a:1', 'b:2', 'c:3'), ['c:3', 'a:1', 'b:2'], false],
  ['a backup without an address', idsOf(undefined, 'staging:6379'), ['production:6379'], false],
] as const)('servers are compared by their IDs: %s', (_, there, here, differs) => {
  expect(areDifferentServers(addressIds(here), there)).toBe(differs)
})
