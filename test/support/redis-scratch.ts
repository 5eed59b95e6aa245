// Backups of Redis for drills: RDBs in memory with their manifest; and what a drill left behind.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Redis } from 'ioredis'
import type { RedisManifest } from '../../src/domain/manifest/manifest.ts'
import type { RedisFingerprint } from '../../src/domain/redis/redis-fingerprint.ts'
import { addPrints, RdbPrint } from '../../src/engines/redis/rdb/fingerprint.ts'
import { RdbReader } from '../../src/engines/redis/rdb/reader.ts'
import type { PayloadSource } from '../../src/ports/platform.ts'
import { startRedis } from './redis.ts'

/**
 * Returns two RDBs of a real server. The first has 5003 keys in two databases, among them `gone`, which has expired,
 * and a function; the second has one list.
 */
export async function sampleRdbs(): Promise<[first: Buffer, second: Buffer]> {
  await using redis = await startRedis({ args: ['--databases', '32'] })
  const client = new Redis(redis.url)
  await client.mset(Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`key:${at}`, `value ${at}`])))
  await client.hset('hash', { a: 1, b: 2 })
  await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0')
  await client.set('gone', 'soon', 'PX', 20)
  await client.set('stays', 'long', 'EX', 86_400)
  await client.select(20)
  await client.zadd('zset', 1, 'one')
  await client.select(0)
  const library = "#!lua name=lib\nredis.register_function('f', function() return 1 end)"
  await client.call('FUNCTION', 'LOAD', library)
  await client.save()
  const first = await readFile(join(redis.folder, 'dump.rdb'))
  await client.flushall()
  await client.rpush('list of the second', 'a', 'b')
  await client.save()
  const second = await readFile(join(redis.folder, 'dump.rdb'))
  client.disconnect()
  return [first, second]
}

function printOf(bytes: Uint8Array): { print: RedisFingerprint; version: number } {
  const print = new RdbPrint()
  const reader = new RdbReader(print)
  reader.write(bytes)
  const { version } = reader.end()
  return { print: print.fingerprint(), version }
}

/** A backup of these RDBs, one for each shard. */
export function backupOfRdbs(...files: Buffer[]): { manifest: RedisManifest; payloads: PayloadSource[] } {
  const prints = files.map(printOf)
  const shards = prints.map(({ version }, at) => ({
    ...{
      file: `shard-${at}.rdb`,
      address: 'cache:6379',
      role: 'master' as const,
      taken: '2026-11-24T02:00:00Z',
      rdbVersion: version,
    },
  }))
  const fingerprint = addPrints(prints.map(({ print }) => print))
  const manifest = { kind: 'redis', id: 'x', dump: { method: 'replica', consistency: 'instant', shards }, fingerprint }
  return { manifest: manifest as unknown as RedisManifest, payloads: files.map(payloadOf) }
}

/** The payload of shard `at`. */
export function payloadOf(bytes: Buffer, at: number): PayloadSource {
  const payload = {
    ...{ file: `shard-${at}.rdb`, role: 'rdb' as const, bytes: bytes.length, sha256: '' },
    ...{ encodings: [], contentBytes: bytes.length },
  }
  return {
    payload,
    open: async () => Readable.from([bytes.subarray(0, 100), bytes.subarray(100)]),
    save: async () => {},
  }
}

/** What is left of scratch servers in a folder: their folders, and the command lines of servers that run. */
export async function leftoversIn(folder: string): Promise<string[]> {
  const folders = await readdir(folder).then((names) => names.filter((name) => name.startsWith('resguardo-')))
  const processes = await readdir('/proc').then((names) => names.filter((name) => /^\d+$/.test(name)))
  const lines = await Promise.all(processes.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return [...folders, ...lines.filter((line) => line.includes(folder))]
}
