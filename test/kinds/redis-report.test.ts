// Instructions for a Redis restore by hand, and facts of a Redis backup.
import { expect, test } from 'vitest'
import type { Payload, RedisManifest } from '../../src/domain/manifest/manifest.ts'
import { redisByHand, redisFacts } from '../../src/kinds/redis/report.ts'

const rdb = (file: string): Payload => ({
  ...{
    file,
    role: 'rdb',
    bytes: 1,
    sha256: '1'.repeat(64),
    encodings: ['zstd'],
    contentBytes: 1,
    contentSha256: '1'.repeat(64),
  },
})

test('for one server, the RDB is written to its data directory, with the append-only file disabled', () => {
  const text = redisByHand([rdb('dump.rdb.zst')]).join('\n')
  expect(text).toContain('--appendonly no')
  expect(text).toContain('zstd -dc dump.rdb.zst > /var/lib/redis/dump.rdb')
})

test('for a cluster, one RDB per master is written', () => {
  const text = redisByHand([rdb('shard-0.rdb.zst'), rdb('shard-1.rdb.zst')]).join('\n')
  expect(text).toContain('each master')
  expect(text).toContain('zstd -dc shard-0.rdb.zst > shard-0.rdb')
  expect(text).toContain('zstd -dc shard-1.rdb.zst > shard-1.rdb')
  expect(text).not.toContain('/var/lib/redis/dump.rdb &&')
})

test.each([
  [['replica', 'replica'], 'from 2 replicas'],
  [['master', 'replica', 'replica'], 'from 1 master and 2 replicas'],
  [['replica'], 'from the replica cache-0:6379'],
] as const)('the facts of a cluster backup name the nodes that were read: %s', (roles, words) => {
  const shards = roles.map((role, at) => ({
    file: `shard-${at}.rdb`,
    address: `cache-${at}:6379`,
    role,
    taken: '',
    rdbVersion: 10,
  }))
  const dump: RedisManifest['dump'] = { method: 'replica', consistency: 'instant', shards }
  const server = { engine: 'redis', version: '7.0.15', major: 7, mode: 'cluster' } as const
  const fingerprint: RedisManifest['fingerprint'] = { databases: [], queues: [], functions: [], largestValue: 0 }
  const manifest = { dump, server, fingerprint, snapshot: { taken: '' } } as unknown as RedisManifest
  expect(Object.fromEntries(redisFacts(manifest)).Method).toContain(words)
})
