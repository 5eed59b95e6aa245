// A Redis that hides what it holds: an empty dump counts only where it is proven to be empty.
import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import { keysOf } from '../../../src/domain/redis/redis-fingerprint.ts'
import { dumpOf } from '../../support/redis-dump.ts'
import { type ScriptedAnswer, scriptedRedis } from '../../support/scripted-redis.ts'

/** What DUMP gives of the string `v`: type, value, version 10, and a checksum that the writer of RDBs does not read. */
const dump = `\0\u0001v\n\0${'\0'.repeat(8)}`

interface Server {
  /** Names of keys by database. */
  readonly keys?: readonly (readonly string[])[]
  readonly info?: string
  /** What is asked first. */
  readonly first?: (command: string) => ScriptedAnswer
}

const info = 'redis_version:7.0.15\r\nredis_mode:standalone\r\nrole:master\r\n'

/** A server that is read key by key, because it refuses PSYNC. */
function serverOf({ keys = [[]], info: text = info, first = () => undefined }: Server) {
  let database = 0
  return scriptedRedis((command) => {
    const special = first(command)
    if (special !== undefined) return special
    const [name = '', ...rest] = command.split(' ')
    const selected = Number(rest[0])
    if (name === 'INFO') return text
    if (name === 'SELECT' && selected < keys.length) {
      database = selected
      return '+OK'
    }
    if (name === 'SCAN') return ['0', keys[database] ?? []]
    if (name === 'DUMP') return dump
    if (name === 'PEXPIRETIME') return -1
    if (name === 'DBSIZE') return keys[database]?.length ?? 0
    return undefined
  })
}

async function keysFrom(server: Server): Promise<readonly (readonly [number, number])[] | string | undefined> {
  await using redis = await serverOf(server)
  try {
    const { fingerprint } = await dumpOf({ url: redis.url }, { method: 'scan', temporary: tmpdir() })
    return fingerprint.databases.map(({ database, keys }) => [database, keys] as const)
  } catch (error) {
    return (error as { code?: string }).code
  }
}

describe('keys are found', () => {
  test.each([
    ['though INFO has no keyspace', info],
    ['though INFO names database 0 only', `${info}db0:keys=2,expires=0\r\n`],
    ['though INFO says that there are none', `${info}# Keyspace\r\n`],
    ['as INFO names them', `${info}# Keyspace\r\ndb0:keys=2,expires=0\r\ndb2:keys=1,expires=0\r\n`],
  ])('%s', async (_, text) => {
    expect(await keysFrom({ keys: [['a', 'b'], [], ['c']], info: text })).toEqual([
      [0, 2],
      [2, 1],
    ])
  })

  test('in database 0, where a proxy has no SELECT', async () => {
    const first = (command: string) => (command.startsWith('SELECT') ? '-ERR unknown command' : undefined)
    expect(await keysFrom({ keys: [['a']], first })).toEqual([[0, 1]])
  })
})

describe('a user who may not SELECT', () => {
  const first = (command: string) =>
    command.startsWith('SELECT') ? "-NOPERM this user has no permissions to run the 'select' command" : undefined

  test('reads database 0, where INFO shows that no other holds keys', async () => {
    expect(await keysFrom({ keys: [['a']], first, info: `${info}# Keyspace\r\ndb0:keys=1\r\n` })).toEqual([[0, 1]])
    expect(await keysFrom({ first, info: `${info}# Keyspace\r\n` })).toEqual([])
  })

  test.each([
    ['INFO hides the keyspace', info],
    ['INFO names another database', `${info}# Keyspace\r\ndb3:keys=1\r\n`],
  ])('is refused: %s', async (_, text) => {
    expect(await keysFrom({ keys: [['a']], first, info: text })).toBe('redis/permission-denied')
  })
})

describe('an empty dump', () => {
  test('of an empty server is a backup', async () => {
    expect(await keysFrom({ keys: [[], []] })).toEqual([])
  })

  test.each([
    ['DBSIZE', (command: string) => (command === 'DBSIZE' ? 5 : undefined), info],
    ['INFO', () => undefined, `${info}# Keyspace\r\ndb0:keys=5,expires=0\r\n`],
  ])('is refused where %s counts keys', async (_, first, text) => {
    expect(await keysFrom({ first, info: text })).toBe('redis/keys-missing')
  })
})

describe('a master of a cluster is not taken for a whole server', () => {
  const bare = 'redis_version:7.0.15\r\nrole:master\r\n'

  test.each([
    ['CLUSTER answers', 'cluster_state:fail\r\n', 'redis/cluster-incomplete'],
    [
      'CLUSTER is not allowed',
      "-NOPERM this user has no permissions to run the 'cluster|info' command",
      'redis/permission-denied',
    ],
  ])('though INFO hides its mode: %s', async (_, answer, code) => {
    const first = (command: string) => (command === 'CLUSTER INFO' ? answer : undefined)
    expect(await keysFrom({ keys: [['a']], info: bare, first })).toBe(code)
  })

  test('and a single server stays one', async () => {
    expect(await keysFrom({ keys: [['a']], info: bare })).toEqual([[0, 1]])
  })
})

test('the number of keys is the one that was read', async () => {
  await using redis = await serverOf({ keys: [['a', 'b', 'c']] })
  const { fingerprint } = await dumpOf({ url: redis.url }, { method: 'scan' })
  expect(keysOf(fingerprint)).toBe(3)
})
