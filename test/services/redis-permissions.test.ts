// Redis users who lack a single permission that an operation needs.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { examineRedis } from '../../src/engines/redis/doctor/doctor.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'
import { dumpOf } from '../support/redis-dump.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis?.stop())
beforeEach(async () => {
  await redis.cli('flushall')
  await redis.script([
    'hset bull:q:meta opts.maxLenEvents 10000 version bullmq:5.1.0',
    'rpush bull:q:wait 1',
    'hset bull:q:1 name job',
  ])
})
afterEach(() => redis.cli('acl', 'deluser', 'ana'))

async function userWithout(...rules: string[]): Promise<string> {
  await redis.cli('acl', 'setuser', 'ana', 'on', '>secret', '~*', '+@all', ...rules)
  return redis.urlOf({ name: 'ana', password: 'secret' })
}

describe('a backup by scan', () => {
  test.each(['exec', 'multi'])('reads queues without a transaction if %s is refused, with a note', async (command) => {
    const url = await userWithout(`-${command}`)
    const { fingerprint, files: _, ...more } = await dumpOf({ url }, { method: 'scan' })
    expect(fingerprint.databases).toMatchObject([{ keys: 3 }])
    expect(JSON.stringify(more)).toContain(`'${command}'`)
  })

  test.each(['scan', 'dump'])('fails with the ACL rule if %s is refused', async (command) => {
    const url = await userWithout(`-${command}`)
    await expect(dumpOf({ url }, { method: 'scan' })).rejects.toMatchObject({
      code: 'redis/permission-denied',
      hint: expect.stringContaining(` +${command}.`),
    })
  })
})

const ofBackup = ['scan', 'dump', 'pexpiretime', 'select', 'function|dump', 'multi', 'exec']
const ofRestore = [
  ...['restore', 'time', 'dbsize', 'exists', 'unlink', 'incrby', 'hset', 'hdel', 'hexists', 'del', 'multi', 'exec'],
  ...['llen', 'lrange', 'rpoplpush', 'renamenx', 'lrem', 'zadd', 'zrange', 'zrem', 'zunionstore'],
]

describe('doctor', () => {
  const permissions = async (url: string) => {
    const found = await examineRedis({ url }, { maxAge: 60, signal: new AbortController().signal })
    return found.filter(({ title }) => title === 'Permissions')
  }

  test.each(ofBackup)('names %s if a backup key by key lacks it', async (command) => {
    const found = await permissions(await userWithout('-psync', '-sync', `-${command}`))
    expect(found[0]).toMatchObject({ state: 'warning', remedy: `ACL SETUSER ana +${command}` })
  })

  test.each(ofRestore)('names %s if a restore lacks it', async (command) => {
    const found = await permissions(await userWithout(`-${command}`))
    expect(found).toMatchObject([{ state: 'warning', remedy: `ACL SETUSER ana +${command}` }])
  })

  test('names the keys if the user has only some', async () => {
    const url = await userWithout('resetkeys', '~bull:*')
    expect(await permissions(url)).toMatchObject([{ state: 'warning', remedy: 'ACL SETUSER ana ~*' }])
  })

  test('does not know without ACL DRYRUN, and names the rule', async () => {
    const url = await userWithout('-acl|dryrun')
    expect(await permissions(url)).toMatchObject([{ state: 'unknown', remedy: expect.stringContaining('+acl|dryrun') }])
  })

  test('finds all permissions of a user without limits', async () => {
    expect(await permissions(await userWithout())).toMatchObject([{ state: 'good' }])
  })
})
