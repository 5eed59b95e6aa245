// Servers that send replies which Redis does not send: each is a failure with a code.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { parseRedisAddress } from '../../../../src/engines/redis/connection/address.ts'
import { connectCommands, connectRaw } from '../../../../src/engines/redis/connection/connect.ts'
import { findLayout } from '../../../../src/engines/redis/connection/layout.ts'
import { examineRedis } from '../../../../src/engines/redis/doctor/doctor.ts'
import { dumpOf } from '../../../support/redis-dump.ts'
import { type ScriptedAnswer, scriptedRedis } from '../../../support/scripted-redis.ts'

const opened: { close?(): void; destroy?(): void }[] = []
afterEach(() => {
  for (const each of opened.splice(0)) each.destroy ? each.destroy() : each.close?.()
})

/** A server that answers as a script says, in bytes. */
async function serverOf(answer: (command: string, socket: Socket) => string): Promise<string> {
  const server = createServer((socket) => {
    opened.push(socket)
    socket.on('error', () => {}).on('data', (chunk) => socket.write(answer(chunk.toString('latin1'), socket)))
  }).listen(0, '127.0.0.1')
  opened.push(server)
  await once(server, 'listening')
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const plain = (command: string): string => (command.includes('INFO') ? '$0\r\n\r\n' : '+OK\r\n')

const malformed = {
  'a push message without a name': '>1\r\n$-1\r\n+OK\r\n',
  'a push message of a subscription': '>2\r\n+subscribe\r\n+x\r\n',
  'a map': '%1\r\n+a\r\n+b\r\n',
  'a map with a list as key': '%1\r\n*1\r\n+k\r\n+v\r\n',
  'a set': '~1\r\n+a\r\n',
  'a boolean': '#t\r\n',
  'a double': ',1.5\r\n',
  'a big number': '(123\r\n',
  'a verbatim string': '=7\r\ntxt:abc\r\n',
  'a null of RESP3': '_\r\n',
  'an error of RESP3': '!5\r\nERR x\r\n',
  'an attribute': '|1\r\n+a\r\n+b\r\n+OK\r\n',
  'a streamed string': '$?\r\n;2\r\nab\r\n;0\r\n',
  'a map inside an array': '*1\r\n%1\r\n+a\r\n+b\r\n',
  'an error inside an array': '*2\r\n+a\r\n-ERR no\r\n',
  'an error deep inside an array': '*1\r\n*1\r\n-ERR no\r\n',
  'an array of a negative length': '*-5\r\n',
  'a string of a negative length': '$-5\r\n',
  'a number that is none': ':1e3\r\n',
}

describe.each([
  ['commands', connectCommands],
  ['bulk data', connectRaw],
] as const)('a connection for %s', (_, connect) => {
  test.each(Object.entries(malformed))('refuses %s', async (_, bytes) => {
    const url = await serverOf((command) => (command.includes('LASTSAVE') ? bytes : plain(command)))
    const parsed = parseRedisAddress({ url })
    const connection = await connect(parsed, parsed)
    opened.push(connection)
    await expect(connection.askText('LASTSAVE')).rejects.toMatchObject({ code: 'redis/protocol' })
  })

  test('limits the time of a reply that comes byte by byte', async () => {
    const url = await serverOf((command, socket) => {
      if (!command.includes('LASTSAVE')) return plain(command)
      const timer = setInterval(() => socket.write('x'), 20)
      socket.once('close', () => clearInterval(timer))
      return '$1000000\r\n'
    })
    const parsed = parseRedisAddress({ url })
    const connection = await connect(parsed, parsed, { secondsToReply: 0.3 })
    opened.push(connection)
    await expect(connection.askText('LASTSAVE')).rejects.toMatchObject({ code: 'redis/timeout' })
    await expect(connection.askText('LASTSAVE')).rejects.toMatchObject({ code: 'redis/timeout' })
  })
})

async function scripted<T>(answers: Record<string, ScriptedAnswer>, work: (url: string) => Promise<T>): Promise<T> {
  await using redis = await scriptedRedis((command) => {
    const name = Object.keys(answers).find((each) => command.startsWith(each))
    return name === undefined ? undefined : answers[name]
  })
  return await work(redis.url)
}

const { signal } = new AbortController()
const value = `\0\u0001v\n\0${'\0'.repeat(8)}`
const healthy = {
  INFO: 'redis_version:7.0.15\r\nredis_mode:standalone\r\nrole:master\r\ndb0:keys=1,expires=0\r\n',
  SCAN: ['0', ['k']],
  DUMP: value,
  PEXPIRETIME: -1,
  DBSIZE: 1,
  TIME: ['1700000000', '1'],
} satisfies Record<string, ScriptedAnswer>

describe('a reply of another type than the command has', () => {
  test.each<[string, Record<string, ScriptedAnswer>]>([
    ['INFO', { INFO: ['redis_version:7.0.15'] }],
    ['SCAN', { SCAN: 'x' }],
    ['SCAN without a page', { SCAN: ['0'] }],
    ['SCAN with a number for a page', { SCAN: ['0', 5] }],
    ['TIME with texts', { TIME: ['now', 'then'] }],
    ['TIME with one number', { TIME: ['1700000000'] }],
    ['CONFIG GET', { 'CONFIG GET': 'save' }],
    ['COMMAND INFO', { 'COMMAND INFO': 7 }],
    ['HMGET', { SCAN: ['0', ['bull:mail:meta']], HMGET: 'x' }],
    ['ACL WHOAMI', { 'ACL WHOAMI': ['me'] }],
  ])('fails in doctor: %s', async (_, answers) => {
    const examined = scripted({ ...healthy, ...answers }, (url) => examineRedis({ url }, { maxAge: 60, signal }))
    await expect(examined).rejects.toMatchObject({ code: 'redis/protocol' })
  })

  test.each<[string, Record<string, ScriptedAnswer>]>([
    ['SCAN without a page', { SCAN: ['0'] }],
    ['SCAN with a number among the names', { SCAN: ['0', ['k', 5]] }],
    ['SCAN with a cursor that is no number', { SCAN: ['next', ['k']] }],
    ['DUMP', { DUMP: 5 }],
    ['DUMP with a list', { DUMP: ['x'] }],
    ['PEXPIRETIME', { PEXPIRETIME: 'never' }],
    ['PEXPIRETIME with an unknown negative number', { PEXPIRETIME: -7 }],
    ['FUNCTION DUMP', { 'FUNCTION DUMP': 5 }],
    ['DBSIZE', { SCAN: ['0', []], DBSIZE: 'many' }],
  ])('fails in a backup by scan: %s', async (_, answers) => {
    const dumped = scripted({ ...healthy, ...answers }, (url) =>
      dumpOf({ url }, { method: 'scan', temporary: tmpdir() }),
    )
    await expect(dumped).rejects.toMatchObject({ code: 'redis/protocol' })
  })

  test('does not fail in a backup by scan of a server without faults', async () => {
    const dumped = await scripted(healthy, (url) => dumpOf({ url }, { method: 'scan', temporary: tmpdir() }))
    expect(dumped.fingerprint.databases).toMatchObject([{ keys: 1 }])
  })

  const node = ['127.0.0.1', 7000]
  test.each<[string, ScriptedAnswer]>([
    ['a text', 'x'],
    ['a range without nodes', [[0, 16_383]]],
    ['texts for slots', [['0', '16383', node]]],
    ['a range beyond the slots', [[0, 20_000, node]]],
    ['a node with a text for its port', [[0, 16_383, ['127.0.0.1', '7000']]]],
    ['a node with a list for its host', [[0, 16_383, [['127.0.0.1'], 7000]]]],
  ])('fails in a cluster: %s', async (_, slots) => {
    const answers = { INFO: 'redis_mode:cluster\r\n', 'CLUSTER INFO': 'cluster_state:ok\r\n', 'CLUSTER SLOTS': slots }
    const found = scripted(answers, (url) => findLayout(parseRedisAddress({ url })))
    await expect(found).rejects.toMatchObject({ code: 'redis/protocol' })
  })
})
