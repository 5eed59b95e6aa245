// Each version of Redis and Valkey: every type, times to live, streams, functions and databases, out, proven and back
// in.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openFolder } from '../support/drill.ts'
import { startRedis, type TestRedis, until } from '../support/redis.ts'
import { dumpOf } from '../support/redis-dump.ts'
import { versionCli } from '../support/version-cli.ts'

const servers = inject('servers')
const names = ['redis-7.0', 'redis-8.0', 'redis-8.6', 'valkey-8.1', 'valkey-9.1']
const programOf = (name: string) => join(servers[name] ?? '', `${name.split('-')[0]}-server`)
function programOfName(name: string): { product: string; version: string } {
  const [product = '', version = ''] = name.split('-')
  return { product, version }
}

/** `Valkey 9.1` */
const titleOf = (name: string) => name.replace('redis-', 'Redis ').replace('valkey-', 'Valkey ')
const start = (name: string) => startRedis({ server: programOf(name) })
/** Those that can give a field of a hash its own time to live. */
const withFieldTimes = new Set(['redis-8.0', 'redis-8.6', 'valkey-9.1'])

const data = [
  ...[
    'set string value',
    'set expires value pxat 4000000000000',
    `set large ${'x'.repeat(20_000)}`,
    'setrange sparse 300 end',
  ],
  ...[
    'rpush list a 1 -70000',
    'sadd set a b',
    'sadd integers 1 2 70000',
    'zadd zset 1 a -2.5 b inf c',
    'hset hash a 1 b two',
  ],
  ...[
    'xadd stream 1-1 f v',
    'xadd stream 2-1 f v',
    'xgroup create stream group 0',
    'xreadgroup group group me streams stream >',
  ],
  ...[
    'xack stream group 1-1',
    'xdel stream 2-1',
    'pfadd visitors a b c',
    'geoadd places 13.36 38.11 Palermo',
    'select 3',
    'set other 1',
  ],
]
const library = "#!lua name=lib\nredis.register_function('f', function() return 1 end)"

async function fill(redis: TestRedis, name: string): Promise<void> {
  await redis.script(data)
  await redis.script(Array.from({ length: 600 }, (_, at) => `hset wide f${at} v${at}`))
  await redis.cli('FUNCTION', 'LOAD', library)
  if (!withFieldTimes.has(name)) return
  await redis.cli('HSET', 'session', 'a', '1', 'b', '2')
  await redis.cli('HPEXPIREAT', 'session', '4000000000000', 'FIELDS', '1', 'a')
}

/** All that a restore must bring back: digests of both databases, times, groups, functions. */
async function stateOf(redis: TestRedis, name: string): Promise<readonly string[]> {
  const questions = [
    'DEBUG DIGEST',
    'DBSIZE',
    'PEXPIRETIME expires',
    'XINFO STREAM stream',
    'XPENDING stream group',
    'FCALL f 0',
    '-n 3 GET other',
  ]
  const more = withFieldTimes.has(name) ? ['HPEXPIRETIME session FIELDS 2 a b'] : []
  const state: string[] = []
  for (const question of [...questions, ...more]) state.push(await redis.cli(...question.split(' ')))
  return state.map((answer) => answer.replace(/radix-tree-\w+\n\d+\n/g, ''))
}

describe.each(names)('%s', (name) => {
  describe.skipIf(!servers[name])('is backed up and restored', () => {
    let source: TestRedis
    let target: TestRedis
    let folder: string
    beforeAll(async () => {
      folder = await openFolder(name)
      source = await start(name)
      target = await start(name)
      await fill(source, name)
    })
    afterAll(async () => {
      await source?.stop()
      await target?.stop()
      await rm(folder, { recursive: true, force: true })
    })

    test('a part by scan has the RDB version of the whole, and its fields their times', async () => {
      const [whole, part] = [await dumpOf({ url: source.url }), await dumpOf({ url: source.url }, { patterns: ['*'] })]
      expect(part.dump).toMatchObject({ method: 'scan', shards: [{ rdbVersion: whole.dump.shards[0]?.rdbVersion }] })
      expect(part.fingerprint.databases).toEqual(whole.fingerprint.databases)
      const { product, version } = programOfName(name)
      expect(whole.server).toMatchObject({
        engine: product,
        version: expect.stringMatching(new RegExp(`^${version}\\.`)),
      })
    })

    test.each(['replica', 'scan'])('by %s, and the drill proves it', async (method) => {
      const cli = versionCli(servers[name] ?? '', {
        REDIS_URL: source.url,
        BACKUP_DIR: join(folder, 'backups'),
        TMPDIR: folder,
      })
      const { backup } = await cli.run('backup', '--kind', 'redis', '--redis-method', method, '--name', method)
      expect(
        await cli.run('test-restore', '--kind', 'redis', '--name', method, '--isolation', 'required'),
      ).toMatchObject({
        verdict: 'proven',
      })
      await target.cli('SET', 'old', '1')
      const to = versionCli(servers[name] ?? '', {
        REDIS_URL: target.url,
        BACKUP_DIR: join(folder, 'backups'),
        TMPDIR: folder,
      })
      const confirm = `127.0.0.1:${target.port}`
      await to.run(
        'restore',
        '--kind',
        'redis',
        String(backup),
        '--name',
        method,
        '--mode',
        'flush-first',
        '--confirm',
        confirm,
        '--skip-safety-backup',
      )
      expect(await stateOf(target, name)).toEqual(await stateOf(source, name))
    })
  })
})

describe('between versions', () => {
  const pairs = [
    ['redis-7.0', 'redis-8.6', true],
    ['redis-7.0', 'valkey-9.1', true],
    ['valkey-8.1', 'redis-8.0', true],
    ['valkey-8.1', 'valkey-9.1', true],
    ['redis-8.6', 'redis-8.0', false],
    ['redis-8.0', 'redis-7.0', false],
    ['redis-8.0', 'valkey-9.1', false],
    ['valkey-9.1', 'redis-8.6', false],
  ] as const

  for (const [from, to, works] of pairs) {
    test.skipIf(!servers[from] || !servers[to])(
      `${from} to ${to} ${works ? 'works' : 'is refused, and no key changes'}`,
      async () => {
        await using source = await start(from)
        await using target = await start(to)
        const folder = await openFolder('redis-versions')
        const environment = { BACKUP_DIR: join(folder, 'backups'), TMPDIR: folder }
        await fill(source, works ? 'without field times' : from)
        const maker = versionCli(servers[from] ?? '', { ...environment, REDIS_URL: source.url })
        const { backup } = await maker.run('backup', '--kind', 'redis')
        await target.cli('SET', 'mine', '1')
        const cli = versionCli(servers[to] ?? '', { ...environment, REDIS_URL: target.url })
        const order = [
          'restore',
          '--kind',
          'redis',
          String(backup),
          '--mode',
          'flush-first',
          '--confirm',
          `127.0.0.1:${target.port}`,
          '--skip-safety-backup',
        ]
        if (works) {
          await cli.run(...order)
          expect((await stateOf(target, from)).slice(1, 3)).toEqual((await stateOf(source, from)).slice(1, 3))
        } else expect(await cli.fail(...order)).not.toBe('')
        expect(await target.cli('EXISTS', 'mine')).toBe(works ? '0' : '1')
        await rm(folder, { recursive: true, force: true })
      },
    )
  }
})

describe('a replica of a newer version is not read: its master could not read the backup', () => {
  const pairs = [
    ['redis-8.0', 'redis-8.6'],
    ['valkey-8.1', 'valkey-9.1'],
    ['redis-7.0', 'valkey-9.1'],
  ] as const
  for (const [old, newer] of pairs) {
    test.skipIf(!servers[old] || !servers[newer])(`${newer} of ${old}`, async () => {
      await using master = await start(old)
      await master.cli('SET', 'a', 'b')
      await using replica = await startRedis({
        server: programOf(newer),
        args: ['--replicaof', `127.0.0.1 ${master.port}`],
      })
      await until(async () => (await master.cli('INFO', 'replication')).includes('state=online'))
      await until(async () => (await replica.cli('INFO', 'replication')).includes('master_link_status:up'))
      for (const method of ['replica', 'scan'] as const) {
        const { dump, notes } = await dumpOf({ url: master.url }, { method })
        expect(dump.shards).toMatchObject([{ role: 'master', address: `127.0.0.1:${master.port}` }])
        expect(notes.join(' ')).toMatch(
          new RegExp(`:${replica.port}: it is ${titleOf(newer)}\\.\\d.*${titleOf(old)}\\.\\d`),
        )
      }
      const named = await dumpOf({ url: replica.url }, { method: 'replica' })
      expect(named.notes.join(' ')).toMatch(
        new RegExp(`its master 127.0.0.1:${master.port} is ${titleOf(old)}.*cannot be restored`),
      )
    })
  }
})
