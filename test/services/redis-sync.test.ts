// The replication protocol: faults, required permissions, and the choice of the server to read.
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { keysOf } from '../../src/domain/redis/redis-fingerprint.ts'
import { openRedis } from '../../src/engines/redis/redis.ts'
import type { RedisDumpRequest } from '../../src/ports/redis.ts'
import { startRedis, startSentinel, until } from '../support/redis.ts'
import { dumpOf, loadedFrom, requestOf } from '../support/redis-dump.ts'

/** As docs/redis.md has them under Permissions. */
const rules = {
  replica: '+psync +replconf +info +ping',
  bgsave: '+bgsave +lastsave +info +ping',
  scan: '~* +scan +dump +pexpiretime +function|dump +select +info +ping',
}

describe('a user with exactly the permissions that the documentation lists', () => {
  for (const method of ['replica', 'bgsave', 'scan'] as const) {
    test(`backs up by ${method}`, async () => {
      const user = { name: 'backup', password: 'b:@/', rules: rules[method] }
      await using redis = await startRedis({ user })
      await redis.script(['set a b', 'select 2', 'set c d'])
      await redis.cli('function', 'load', "#!lua name=lib\nredis.register_function('f', function() return 1 end)")
      const { dump, fingerprint, notes } = await dumpOf(
        { url: redis.urlOf(user) },
        { method, rdbPath: join(redis.folder, 'dump.rdb') },
      )
      expect(dump.method).toBe(method)
      expect(keysOf(fingerprint)).toBe(2)
      expect(fingerprint.functions).toEqual(['lib'])
      expect(notes).toEqual([])
    })
  }

  test('backs up by scan where there is no PEXPIRETIME: expiry is made out of what is left', async () => {
    const user = { name: 'backup', password: 'b', rules: rules.scan.replace('+pexpiretime', '+pttl +time') }
    await using redis = await startRedis({ user, args: ['--rename-command', 'PEXPIRETIME', ''] })
    await redis.script(['set a b', 'set c d px 500000'])
    const expireAt = Date.now() + Number(await redis.cli('pttl', 'c'))
    const { files } = await dumpOf({ url: redis.urlOf(user) }, { method: 'scan' })
    await using loaded = await loadedFrom(files.get('dump.rdb') as Buffer)
    expect(Math.abs(Number(await loaded.cli('pexpiretime', 'c')) - expireAt)).toBeLessThan(5000)
    expect(await loaded.cli('pexpiretime', 'a')).toBe('-1')
  })

  test('and one less is told which one is missing', async () => {
    const user = { name: 'backup', password: 'b', rules: '~* +scan +pexpiretime +select +info +ping' }
    await using redis = await startRedis({ user })
    await redis.cli('set', 'a', 'b')
    await expect(dumpOf({ url: redis.urlOf(user) }, { method: 'scan' })).rejects.toMatchObject({
      code: 'redis/permission-denied',
      hint: expect.stringContaining('ACL SETUSER the-user +dump'),
    })
    await expect(dumpOf({ url: redis.urlOf(user) }, { method: 'replica' })).rejects.toMatchObject({
      code: 'redis/permission-denied',
      hint: expect.stringMatching(/\+replconf|\+psync/),
    })
  })

  test('may see a part of the keys only: that is no backup of all', async () => {
    const user = { name: 'backup', password: 'b', rules: rules.scan.replace('~*', '~bull:*') }
    await using redis = await startRedis({ user })
    await redis.script(['set a b', 'set bull:x y'])
    await expect(dumpOf({ url: redis.urlOf(user) }, { method: 'scan' })).rejects.toMatchObject({
      code: 'redis/permission-denied',
    })
    expect(keysOf((await dumpOf({ url: redis.urlOf(user) }, { patterns: ['bull:*'] })).fingerprint)).toBe(1)
  })
})

describe('the method auto', () => {
  const noSync = ['--rename-command', 'PSYNC', '', '--rename-command', 'SYNC', '']

  test('scans where nobody may replicate, and says why', async () => {
    await using redis = await startRedis({ args: noSync })
    await redis.cli('set', 'a', 'b')
    const { dump, notes } = await dumpOf({ url: redis.url })
    expect(dump).toMatchObject({ method: 'scan', consistency: 'per-key' })
    expect(notes[0]).toContain('does not permit the method replica, so scan is used: ')
  })

  test('takes the file that the server saves, where it knows one', async () => {
    await using redis = await startRedis({ args: noSync })
    await redis.cli('set', 'a', 'b')
    const { dump } = await dumpOf({ url: redis.url }, { rdbPath: join(redis.folder, 'dump.rdb') })
    expect(dump).toMatchObject({ method: 'bgsave', consistency: 'instant' })
  })
})

describe('over the replication protocol', () => {
  for (const diskless of ['yes', 'no']) {
    test(`data comes whole (repl-diskless-sync ${diskless}), while others write`, async () => {
      await using redis = await startRedis({ args: ['--repl-diskless-sync', diskless] })
      await redis.cli('debug', 'populate', '100000', 'key', '300')
      const dump = await (await openRedis({ url: redis.url })).openDump(requestOf())
      await redis.cli('debug', 'populate', '50000', 'later', '300')
      for await (const { stream } of dump.payloads()) for await (const _ of stream);
      expect(keysOf((await dump.finish()).fingerprint)).toBe(100_000)
      await dump.close()
      await until(async () => (await redis.cli('info', 'replication')).includes('connected_slaves:0'))
    })
  }

  test('a store that stalls costs the server nothing: what comes waits on our disk', async () => {
    await using redis = await startRedis({
      args: ['--client-output-buffer-limit', 'replica', '4mb', '4mb', '1', '--repl-timeout', '2'],
    })
    await redis.cli('debug', 'populate', '500000', 'key', '500')
    const dump = await (await openRedis({ url: redis.url })).openDump(requestOf())
    const before = process.memoryUsage().arrayBuffers
    // Nobody reads for longer than the server would suffer it; the server is done with us all the same.
    await until(async () => (await redis.cli('info', 'replication')).includes('connected_slaves:0'))
    await redis.cli('debug', 'populate', '20000', 'later', '1000')
    await sleep(3000)
    expect(/mem_clients_slaves:(\d+)/.exec(await redis.cli('info', 'memory'))?.[1]).toBe('0')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 << 20)
    let bytes = 0
    for await (const { stream } of dump.payloads()) for await (const chunk of stream) bytes += (chunk as Buffer).length
    expect(bytes).toBeGreaterThan(8 << 20)
    expect(keysOf((await dump.finish()).fingerprint)).toBe(500_000)
    await dump.close()
  })

  test('a server that is killed midway is no backup', async () => {
    await using redis = await startRedis({ args: ['--rdb-key-save-delay', '200'] })
    await redis.cli('debug', 'populate', '20000', 'key', '500')
    const dump = await (await openRedis({ url: redis.url })).openDump(requestOf())
    await until(async () => (await redis.cli('info', 'persistence')).includes('rdb_bgsave_in_progress:1'))
    redis.kill()
    const read = async () => {
      for await (const { stream } of dump.payloads()) await stream.toArray()
    }
    await expect(read()).rejects.toMatchObject({
      code: 'redis/connection-lost',
    })
    await expect(dump.finish()).rejects.toThrow()
    await dump.close()
  })

  test('an interruption ends it, and leaves no connection', async () => {
    await using redis = await startRedis({ args: ['--rdb-key-save-delay', '200'] })
    await redis.cli('debug', 'populate', '20000', 'key', '500')
    const interruption = new AbortController()
    const dump = await (await openRedis({ url: redis.url })).openDump(requestOf({ signal: interruption.signal }))
    const reading = (async () => {
      for await (const { stream } of dump.payloads()) await (stream as Readable).toArray()
    })()
    interruption.abort(new Error('interrupted'))
    await expect(reading).rejects.toThrow()
    await dump.close()
    await until(async () => (await redis.cli('info', 'replication')).includes('connected_slaves:0'))
  })
})

describe('a master with a replica', () => {
  const inStep = (info: string) => info.includes('master_link_status:up') && info.includes('master_sync_in_progress:0')
  const roleRead = async (url: string, dumpOptions: Partial<RedisDumpRequest> = {}) => {
    const { dump, snapshot, notes } = await dumpOf({ url }, dumpOptions)
    return { role: dump.shards[0]?.role, address: dump.shards[0]?.address, standby: snapshot.standby, notes }
  }

  test('is spared: the replica is read, unless that is not wanted, or it is not in step', async () => {
    await using master = await startRedis()
    await using replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${master.port}`] })
    await master.cli('set', 'a', 'b')
    await until(async () => inStep(await replica.cli('info', 'replication')))
    await until(async () => (await master.cli('info', 'replication')).includes('state=online'))
    expect(await roleRead(master.url)).toEqual({
      role: 'replica',
      address: `127.0.0.1:${replica.port}`,
      standby: true,
      notes: [],
    })
    expect(await roleRead(master.url, { method: 'scan' })).toMatchObject({ role: 'replica' })
    expect(await roleRead(master.url, { preferReplica: false })).toMatchObject({ role: 'master', standby: false })
    expect(await roleRead(replica.url)).toMatchObject({ role: 'replica', address: `127.0.0.1:${replica.port}` })

    await replica.cli('config', 'set', 'requirepass', 'other')
    const read = await roleRead(master.url)
    expect(read).toMatchObject({ role: 'master', standby: false })
    expect(read.notes.join(' ')).toMatch(/Skipped replica .*: .* requires a password.*the master is read/)
  })

  test('is known by Sentinel: the replica is read; of a master alone it says what Sentinel may remember', async () => {
    await using master = await startRedis({ password: 'secret' })
    await master.cli('set', 'a', 'b')
    await using sentinel = await startSentinel(master, { password: 'guard', masterPassword: 'secret' })
    const address = {
      url: 'redis://:secret@mymaster',
      sentinels: ['127.0.0.1:1', sentinel.address],
      sentinelPassword: 'guard',
    }
    const alone = await dumpOf(address)
    expect(alone.dump.shards[0]).toMatchObject({ role: 'master', address: `127.0.0.1:${master.port}` })
    expect(alone.notes.join(' ')).toContain('SENTINEL RESET mymaster')
    expect((await openRedis(address)).display).toBe('mymaster')

    await using replica = await startRedis({
      password: 'secret',
      args: ['--replicaof', `127.0.0.1 ${master.port}`, '--masterauth', 'secret'],
    })
    await until(async () => inStep(await replica.cli('info', 'replication')))
    await until(async () => (await master.cli('info', 'replication')).includes('state=online'))
    const spared = await dumpOf(address)
    expect(spared.dump.shards[0]).toMatchObject({ role: 'replica', address: `127.0.0.1:${replica.port}` })
    expect(spared.notes).toEqual([])

    await expect(dumpOf({ ...address, url: 'redis://:secret@other' })).rejects.toMatchObject({
      code: 'redis/unknown-master',
      hint: expect.stringContaining('mymaster'),
    })
    await expect(
      dumpOf({ ...address, sentinels: [sentinel.address], sentinelPassword: 'wrong' }),
    ).rejects.toMatchObject({
      code: 'redis/bad-password',
      message: expect.stringContaining('Sentinel'),
    })

    const opened = await openRedis(address)
    await sentinel.cli('sentinel', 'reset', 'mymaster') // looks for replicas at once
    await until(async () => (await sentinel.cli('sentinel', 'replicas', 'mymaster')).includes(String(replica.port)))
    master.kill()
    expect((await opened.probe(new AbortController().signal)).keys).toBe(1)
    const after = await dumpOf(address)
    expect(after.dump.shards[0]).toMatchObject({ role: 'master', address: `127.0.0.1:${replica.port}` })
  })

  test('alone, while Sentinel looks: it remembers a replica that is none, until it is reset', async () => {
    await using master = await startRedis({ args: ['--rdb-key-save-delay', '3000'] })
    await master.cli('debug', 'populate', '1000', 'key', '10')
    await using sentinel = await startSentinel(master)
    await sentinel.cli('sentinel', 'debug', 'info-period', '1000') // instead of ten seconds
    const { notes } = await dumpOf({ url: 'redis://mymaster', sentinels: [sentinel.address] })
    expect(await sentinel.cli('sentinel', 'replicas', 'mymaster')).toContain('127.0.0.1:0')
    expect(notes.join(' ')).toContain('SENTINEL RESET mymaster')
    await sentinel.cli('sentinel', 'reset', 'mymaster')
    expect(await sentinel.cli('sentinel', 'replicas', 'mymaster')).toBe('')
  })
})
