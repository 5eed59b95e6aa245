// Fakes of the Redis ports: a source with given payloads, and a restore target that records its calls.
import { Readable } from 'node:stream'
import type { RedisFingerprint } from '../../src/domain/redis/redis-fingerprint.ts'
import type { Redis, RedisDumpRequest, RedisRestored, RedisRestoreRequest, RedisTarget } from '../../src/ports/redis.ts'
import type { Step } from '../../src/ports/restore.ts'

export const samplePrint: RedisFingerprint = {
  databases: [{ database: 0, keys: 5, expiring: 2, types: { string: 4, list: 1 }, digest: '00000000000000ff' }],
  functions: [],
  queues: [{ database: 0, prefix: 'bull', name: 'mail', paused: false, states: { wait: 3 } }],
  largestValue: 10,
}

interface FakeRedis extends Redis {
  readonly requests: RedisDumpRequest[]
  closed: number
}

export interface FakeRedisParts {
  readonly print?: RedisFingerprint
  readonly patterns?: readonly string[]
  /** Thrown when the dump is opened. */
  readonly refuses?: Error
  /** Thrown by the payload after its content; a function receives the dump's number, from 1. */
  readonly breaks?: Error | ((dump: number) => Error | undefined)
  /** Snapshot time, ISO 8601. */
  readonly taken?: string
  onOpen?(): void
}

export function fakeRedis(parts: FakeRedisParts = {}): FakeRedis {
  const { print = samplePrint, refuses, breaks, taken = '2026-11-24T02:00:05.000Z' } = parts
  const server = {
    engine: 'redis',
    version: '7.0.15',
    major: 7,
    mode: 'standalone',
    address: 'cache.example.com:6379',
    aof: false,
  } as const
  const fake: FakeRedis = {
    display: 'cache.example.com:6379',
    requests: [],
    closed: 0,
    probe: async () => ({ server, keys: 5, warnings: ['Redis warns.'] }),
    async openDump(request) {
      fake.requests.push(request)
      parts.onOpen?.()
      if (refuses) throw refuses
      const broken = typeof breaks === 'function' ? breaks(fake.requests.length) : breaks
      const patterns = parts.patterns ? { patterns: parts.patterns } : {}
      return {
        snapshot: { taken, standby: false },
        async *payloads() {
          yield { file: 'dump.rdb', role: 'rdb', stream: Readable.from(content(broken)), estimate: 9 }
        },
        finish: async () => ({
          server,
          dump: {
            ...{ method: 'replica', consistency: 'instant', ...patterns },
            shards: [{ file: 'dump.rdb', address: 'cache.example.com:6379', role: 'master', taken, rdbVersion: 10 }],
          },
          fingerprint: print,
          notes: ['Redis notes.'],
        }),
        close: async () => {},
      }
    },
    async close() {
      fake.closed += 1
    },
  }
  return fake
}

function* content(breaks: Error | undefined): Generator<Buffer> {
  yield Buffer.from('REDIS0010')
  if (breaks) throw breaks
}

interface FakeRedisTarget extends RedisTarget {
  /** Methods called, in order: `preflight`, `plan`, `restore`. */
  readonly asked: string[]
  readonly requests: RedisRestoreRequest[]
}

export const sampleRestored: RedisRestored = {
  databases: [{ database: 0, added: 4, replaced: 0, kept: 0, expired: 1, removed: 0 }],
  queues: [
    {
      database: 0,
      prefix: 'bull',
      name: 'mail',
      paused: false,
      states: { wait: 3 },
      outcome: 'added',
      pausedNow: true,
    },
  ],
  functions: [],
  notes: [],
}

export function fakeRedisTarget({
  steps = [],
  fails,
}: {
  steps?: readonly Step[]
  fails?: Error
} = {}): FakeRedisTarget {
  const requests: RedisRestoreRequest[] = []
  const asked: string[] = []
  return {
    ...{ display: 'cache.example.com:6379', database: 'cache.example.com:6379', asked, requests },
    serverIds: async () => ['cache.example.com:6379'],
    async preflight(request) {
      asked.push('preflight')
      requests.push(request)
      return steps
    },
    async plan() {
      asked.push('plan')
      return sampleRestored
    },
    async restore() {
      asked.push('restore')
      if (fails) throw fails
      return sampleRestored
    },
    close: async () => {},
  }
}
