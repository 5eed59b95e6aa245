// Connections that come to nothing, quickly and with a reason.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { Failure } from '../../../../src/domain/failures/failure.ts'
import { parseRedisAddress } from '../../../../src/engines/redis/connection/address.ts'
import {
  type CommandConnection,
  type ConnectOptions,
  connectCommands,
  connectRaw,
} from '../../../../src/engines/redis/connection/connect.ts'
import { InvalidReply, ReplyError } from '../../../../src/engines/redis/connection/resp.ts'
import { openRedis } from '../../../../src/engines/redis/redis.ts'
import { requestOf } from '../../../support/redis-dump.ts'

const servers: { close(): void }[] = []
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

async function fake(onData: (text: string, socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {}).on('data', (chunk) => onData(chunk.toString('latin1'), socket))
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

for (const [purpose, connectIt] of [
  ['commands', connectCommands],
  ['bulk data', connectRaw],
] as const)
  describe(`a connection for ${purpose}`, () => {
    async function connect(url: string, options: ConnectOptions = {}): Promise<CommandConnection> {
      const parsed = parseRedisAddress({ url })
      return connectIt(parsed, parsed, options)
    }

    test('to a server that never answers fails in time', async () => {
      const port = await fake(() => {})
      const failing = connect(`redis://:secret@127.0.0.1:${port}`, { secondsToConnect: 0.3 })
      await expect(failing).rejects.toMatchObject({
        code: 'redis/timeout',
        message: `no answer in time from 127.0.0.1:${port}`,
      })
      const secure = connect(`rediss://127.0.0.1:${port}`, { secondsToConnect: 0.3 })
      await expect(secure).rejects.toMatchObject({ code: 'redis/timeout' })
    })

    test('to what is no Redis says so', async () => {
      const port = await fake((_, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
      await expect(connect(`redis://127.0.0.1:${port}`)).rejects.toMatchObject({
        code: 'redis/tls',
        hint: expect.stringContaining('rediss://'),
      })
      await expect(connect(`rediss://127.0.0.1:${port}`)).rejects.toMatchObject({
        code: 'redis/tls',
      })
    })

    test('gives user and password, and only the password to a server from before Redis 6', async () => {
      const said: string[] = []
      const port = await fake((text, socket) => {
        said.push(text)
        if (text.startsWith('*3\r\n$4\r\nAUTH')) socket.write("-ERR wrong number of arguments for 'auth' command\r\n")
        else socket.write(text.includes('INFO') ? '$0\r\n\r\n' : '+OK\r\n')
      })
      const connection = await connect(`redis://h:secret@127.0.0.1:${port}`)
      expect(said[1]).toBe('*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n')
      connection.close()
    })

    test('ends with the reason of an interruption, also while something is waited for', async () => {
      const interruption = new AbortController()
      const port = await fake((text, socket) => {
        if (!text.includes('BLPOP')) socket.write(text.includes('INFO') ? '$0\r\n\r\n' : '+PONG\r\n')
      })
      const connection = await connect(`redis://127.0.0.1:${port}`, { signal: interruption.signal })
      const waiting = connection.askText('BLPOP', 'x', 0)
      interruption.abort(new Failure('interrupted', 'interrupted'))
      await expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
      await expect(connect(`redis://127.0.0.1:${port}`, { signal: interruption.signal })).rejects.toMatchObject({
        code: 'interrupted',
      })
    })

    test('gives up on a server that loads for too long', async () => {
      const port = await fake((text, socket) =>
        socket.write(text.includes('INFO') ? '$9\r\nloading:1\r\n' : '-LOADING Redis is loading\r\n'),
      )
      await expect(connect(`redis://127.0.0.1:${port}`, { secondsToLoad: 0 })).rejects.toMatchObject({
        code: 'redis/loading',
      })
    })

    test('to a server with earlier valid replies does not suggest TLS after invalid bytes', async () => {
      const port = await fake((text, socket) => {
        if (text.includes('GET')) socket.write('no reply\r\n')
        else socket.write(text.includes('INFO') ? '$0\r\n\r\n' : '+PONG\r\n')
      })
      const connection = await connect(`redis://127.0.0.1:${port}`)
      await expect(connection.askText('GET', 'x')).rejects.toMatchObject({
        code: 'redis/protocol',
        cause: expect.any(InvalidReply),
      })
    })

    test('throws an error that is answered, and fails once it is lost', async () => {
      const port = await fake((text, socket) => {
        if (text.includes('QUIT')) socket.end()
        else if (text.includes('GET')) socket.write('-WRONGTYPE no\r\n')
        else socket.write(text.includes('INFO') ? '$0\r\n\r\n' : '+PONG\r\n')
      })
      const connection = await connect(`redis://127.0.0.1:${port}`)
      await expect(connection.askText('GET', 'x')).rejects.toThrow(ReplyError)
      await expect(connection.askText('QUIT')).rejects.toMatchObject({
        code: 'redis/connection-lost',
      })
      await expect(connection.askText('GET', 'x')).rejects.toMatchObject({ code: 'redis/connection-lost' })
      connection.close()
    })
    test('that the server refuses before it is asked gives its error', async () => {
      const server = createServer((socket) => socket.end('-ERR max number of clients reached\r\n')).listen(
        0,
        '127.0.0.1',
      )
      servers.push(server)
      await once(server, 'listening')
      await expect(connect(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`)).rejects.toMatchObject({
        code: expect.stringMatching(/^redis\/(too-many-clients|connection-lost)$/),
      })
    })

    for (const [what, head, piece] of [
      ['a text without end', `$${2 ** 40}\r\n`, 'x'.repeat(1 << 20)],
      ['a line without end', '+', 'x'.repeat(1 << 20)],
      ['lists without end', '', '*1\r\n'.repeat(1 << 18)],
      ['a list without end', `*${2 ** 40}\r\n`, '$-1\r\n'.repeat(1 << 18)],
    ] as const) {
      test(`to a server that sends ${what} fails before it fills the memory`, async () => {
        let sent = 0
        const port = await fake((text, socket) => {
          if (!text.includes('GET')) return void socket.write(text.includes('INFO') ? '$0\r\n\r\n' : '+PONG\r\n')
          socket.write(head)
          const more = () => {
            while (!socket.destroyed && socket.write(piece)) sent += piece.length
          }
          socket.on('drain', more)
          more()
        })
        const connection = await connect(`redis://127.0.0.1:${port}`)
        await expect(connection.askText('GET', 'x')).rejects.toBeInstanceOf(Failure)
        expect(sent).toBeLessThan(200 << 20)
      })
    }
  })

test('a connection for bulk data gives an error where replies are read one by one', async () => {
  const port = await fake((text, socket) => {
    if (text.includes('GET')) socket.write('-WRONGTYPE no\r\n')
    else socket.write(text.includes('INFO') ? '$0\r\n\r\n' : '+PONG\r\n')
  })
  const parsed = parseRedisAddress({ url: `redis://127.0.0.1:${port}` })
  const connection = await connectRaw(parsed, parsed)
  await connection.send(Buffer.from('GET'))
  expect(await connection.readReply()).toBeInstanceOf(ReplyError)
  connection.close()
})

test('a server that is lost before the replication begins is no server that refuses it', async () => {
  const port = await fake((text, socket) => {
    if (text.includes('PSYNC')) socket.end()
    else if (text.includes('INFO'))
      socket.write('$69\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nrole:master\r\nloading:0\r\n\r\n')
    else socket.write('+OK\r\n')
  })
  const redis = await openRedis({ url: `redis://127.0.0.1:${port}` })
  await expect(redis.openDump(requestOf())).rejects.toMatchObject({ code: 'redis/connection-lost' })
})
