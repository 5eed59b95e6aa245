// Drills of Redis load into a temporary server and find every difference from the backup.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import type { RedisManifest } from '../../src/domain/manifest/manifest.ts'
import { openRedisScratch } from '../../src/engines/redis/scratch/open-redis-scratch.ts'
import { failureOf } from '../support/failure-of.ts'
import { moduleRdb } from '../support/module-data.ts'
import { backupOfRdbs, leftoversIn, payloadOf, sampleRdbs } from '../support/redis-scratch.ts'

const run = promisify(execFile)
let folder: string
let first: Buffer
let second: Buffer

const leftovers = () => leftoversIn(folder)
const passwordOf = ({ url }: { url: string }) => new URL(url).searchParams.get('password') ?? ''
const calm = () => new AbortController().signal
const scratchOf = (manifest: RedisManifest, signal = calm()) =>
  openRedisScratch({ manifest, temporary: folder, isolation: 'auto', signal })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'redis-scratch-test-'))
  ;[first, second] = await sampleRdbs()
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('a drill on a temporary Redis', () => {
  test('finds everything as it was, keys whose time is over included, and leaves nothing behind', async () => {
    const { manifest, payloads } = backupOfRdbs(first)
    const scratch = await scratchOf(manifest)
    const told: number[] = []
    expect(await scratch.load(manifest, payloads, (bytes) => told.push(bytes))).toEqual([])
    expect(await scratch.compare(manifest)).toEqual([])
    expect(manifest.fingerprint.databases[0]).toMatchObject({ keys: 5003, expiring: 2 })
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told.at(-1)).toBe(first.length)
    expect(passwordOf(scratch)).not.toBe('')
    expect(scratch.display).not.toContain(passwordOf(scratch))
    await scratch.drop()
    await scratch.drop()
    expect(await leftovers()).toEqual([])
  })

  test('puts the shards of a cluster together in one server', async () => {
    const { manifest, payloads } = backupOfRdbs(first, second)
    const scratch = await scratchOf(manifest)
    await scratch.load(manifest, payloads)
    expect(await scratch.compare(manifest)).toEqual([])
    const port = await scratch.openPort()
    const client = new Redis(port.url)
    expect(await client.lrange('list of the second', 0, -1)).toEqual(['a', 'b'])
    expect(await client.get('key:4999')).toBe('value 4999')
    client.disconnect()
    await port.close()
    await scratch.drop()
  })

  test('names what is missing', async () => {
    const { manifest } = backupOfRdbs(first, second)
    const scratch = await scratchOf(manifest)
    await scratch.load(manifest, [payloadOf(first, 0)])
    const differences = await scratch.compare(manifest)
    expect(differences.map(({ sentence }) => sentence)).toContain('database 0: 5004 keys in the backup, 5003 restored')
    await scratch.drop()
  })

  test('is a server like any other for a check: it needs the password, takes writes, and lets go of keys whose time is over', async () => {
    const { manifest, payloads } = backupOfRdbs(first)
    const scratch = await scratchOf(manifest)
    await scratch.load(manifest, payloads)
    await scratch.compare(manifest)
    const port = await scratch.openPort()
    const client = new Redis(port.url)
    expect(await client.set('written', 'x')).toBe('OK')
    expect(await client.exists('gone')).toBe(0)
    expect(await client.call('FCALL', 'f', '0')).toBe(1)
    client.disconnect()
    const { stdout } = await run('redis-cli', ['-p', new URL(port.url).port, 'ping'])
    expect(stdout).toContain('NOAUTH')
    await port.close()
    await scratch.drop()
  })

  test('has no password in its arguments, and a folder that only its owner enters', async () => {
    const { manifest } = backupOfRdbs(first)
    const scratch = await scratchOf(manifest)
    const lines = (await leftovers()).join('\n')
    expect(lines).toContain('redis-server')
    expect(lines).not.toContain(passwordOf(scratch))
    await scratch.drop()
  })
})

describe('a damaged backup', () => {
  test.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 5000)],
    ['with a byte changed', (bytes: Buffer) => changed(bytes, bytes.length - 2000)],
    ['with another checksum', (bytes: Buffer) => changed(bytes, bytes.length - 4)],
    ['that is no RDB', () => Buffer.from('this is no RDB at all, and never was one')],
  ])('%s is refused as damaged, in the words of Redis', async (_, damage) => {
    const { manifest } = backupOfRdbs(first)
    const scratch = await scratchOf(manifest)
    const failure = await failureOf(scratch.load(manifest, [payloadOf(damage(first), 0)]))
    expect(failure.message).toMatch(/^the scratch server could not load the backup: \S/)
    expect(failure.code).toBe('redis/rdb-damaged')
    await scratch.drop()
    expect(await leftovers()).toEqual([])
  })

  test('whose stored bytes are wrong fails as the store says', async () => {
    const { manifest } = backupOfRdbs(first)
    const scratch = await scratchOf(manifest)
    const broken = async () =>
      Readable.from(
        (async function* () {
          yield first.subarray(0, 1000)
          throw new Failure('store/object-damaged', 'the SHA-256 differs')
        })(),
      )
    const failure = await failureOf(scratch.load(manifest, [{ ...payloadOf(first, 0), open: broken }]))
    expect(failure.message).toBe('the SHA-256 differs')
    await scratch.drop()
  })
})

test.each([
  ['keys', moduleRdb('vectorset')],
  ['data outside of keys', moduleRdb('ft_index0', 'outside')],
])('%s of a module that the server lacks: not drilled here', async (_, bytes) => {
  const { manifest, payloads } = backupOfRdbs(bytes)
  const scratch = await scratchOf(manifest)
  const failure = await failureOf(scratch.load(manifest, payloads))
  expect(failure.code).toBe('drill/missing-module')
  expect(failure.message).toContain(manifest.fingerprint.modules?.[0])
  await scratch.drop()
  expect(await leftovers()).toEqual([])
})

function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 0x55
  return copy
}

describe('interrupted', () => {
  test('before it begins, it leaves nothing behind', async () => {
    const { manifest } = backupOfRdbs(first)
    const signal = AbortSignal.abort(new Failure('interrupted', 'interrupted'))
    expect((await failureOf(scratchOf(manifest, signal))).kind).toBe('interrupted')
    expect(await leftovers()).toEqual([])
  })

  test('while it loads, it is gone with its server', async () => {
    const { manifest, payloads } = backupOfRdbs(first)
    const stop = new AbortController()
    const scratch = await scratchOf(manifest, stop.signal)
    const loading = failureOf(
      scratch.load(manifest, payloads, () => stop.abort(new Failure('interrupted', 'interrupted'))),
    )
    expect((await loading).code).toBe('interrupted')
    await scratch.drop()
    expect(await leftovers()).toEqual([])
  })
})

test('a drill that is killed leaves neither a server nor its folder behind', async () => {
  const { manifest } = backupOfRdbs(first)
  const source = join(import.meta.dirname, '../../src/engines/redis/scratch/open-redis-scratch.ts')
  const request = `{ manifest: ${JSON.stringify(manifest)}, temporary: ${JSON.stringify(folder)}, isolation: 'auto', signal: new AbortController().signal }`
  const script = `const { openRedisScratch } = await import(${JSON.stringify(source)})
    await openRedisScratch(${request})
    console.log('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  expect((await leftovers()).length).toBeGreaterThan(1)
  child.kill('SIGKILL')
  await expect.poll(leftovers, { timeout: 10_000 }).toEqual([])
})

describe('the server that is used', () => {
  async function standIn(name: string, script: string): Promise<string> {
    const parent = await mkdtemp(join(folder, 'bin-'))
    await chmod(parent, 0o755)
    const place = join(parent, 'bin')
    await mkdir(place)
    await writeFile(join(place, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(place, name), 0o755)
    return place
  }
  const open = (folders: string[], version = 10) => {
    const { manifest } = backupOfRdbs(first)
    const shards = manifest.dump.shards.map((shard) => ({ ...shard, rdbVersion: version }))
    return openRedisScratch(
      {
        manifest: { ...manifest, dump: { ...manifest.dump, shards } },
        temporary: folder,
        isolation: 'auto',
        signal: calm(),
      },
      folders,
    )
  }

  test('must be installed: the hint says how', async () => {
    const failure = await failureOf(open([join(folder, 'nowhere')]))
    expect(failure.code).toBe('drill/no-redis-server')
    expect(failure.hint).toContain('apt-get install')
  })

  test('must read the backup: the failure names what is there and what is needed', async () => {
    const failure = await failureOf(open(['/usr/bin'], 12))
    expect(failure.code).toBe('drill/redis-too-old')
    expect(failure.message).toMatch(/redis-server is Redis 7\.0\.\d+, which does not read the backup's RDB version 12/)
    expect(failure.hint).toContain('Redis 7.4 or newer')
  })

  test('is the first that reads the backup', async () => {
    const old = await standIn(
      'redis-server',
      'echo "Redis server v=6.2.6 sha=00000000:0 malloc=jemalloc-5.1.0 bits=64"',
    )
    const scratch = await open([old, '/usr/bin'])
    expect(scratch.display).toBe('a temporary Redis')
    await scratch.drop()
  })

  test('says why where it does not start', async () => {
    const broken = await standIn(
      'redis-server',
      'case $1 in --version) echo "Redis server v=7.0.15 sha=0";; *) echo "1:M # FATAL CONFIG FILE ERROR no"; exit 1;; esac',
    )
    const failure = await failureOf(open([broken]))
    expect(failure.message).toContain('did not start')
    expect(await leftovers()).toEqual([])
  })
})
