// What comes over the replication protocol, from a server that is only a script.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { parseRedisAddress } from '../../../src/engines/redis/connection/address.ts'
import { type Reply, ReplyReader } from '../../../src/engines/redis/connection/resp.ts'
import { openReplicaStream } from '../../../src/engines/redis/dump/replica.ts'
import { watchRdb } from '../../../src/engines/redis/dump/watched.ts'
import { RdbWriter } from '../../../src/engines/redis/rdb/writer.ts'
import { fakeClock } from '../../support/fakes.ts'

const writer = new RdbWriter()
const rdb = Buffer.concat([writer.header(10), writer.auxiliary('note', 'x'.repeat(5000)), writer.end()])
const fullResync = `+FULLRESYNC ${'a'.repeat(40)} 42\r\n`
const mark = 'm'.repeat(40)

type Answer = (command: string, socket: Socket) => string | undefined
const servers: { close(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** Answers PSYNC by `onPsync`, and what comes before it as an old server does. */
async function fake(onPsync: (socket: Socket) => void, others: Answer = () => undefined): Promise<number> {
  const server = createServer((socket) => {
    const reader = new ReplyReader()
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      reader.push(chunk)
      for (let command = reader.next(); command !== undefined; command = reader.next()) {
        const name = (command as Reply[]).map(String).join(' ')
        const answer = others(name, socket)
        if (answer !== undefined) socket.write(answer)
        else if (/^PSYNC/.test(name)) onPsync(socket)
        else if (/^PING/.test(name)) socket.write('+PONG\r\n')
        else if (/^INFO/.test(name)) socket.write('$9\r\nloading:0\r\n')
        else socket.write('-ERR Unrecognized REPLCONF option: rdb-only\r\n')
      }
    })
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function open(port: number) {
  const parsed = parseRedisAddress({ url: `redis://127.0.0.1:${port}` })
  const signal = new AbortController().signal
  return openReplicaStream(parsed, { access: parsed, temporary: tmpdir(), clock: fakeClock(), signal, note: () => {} })
}

/** The RDB as it comes out of a server that sends this after FULLRESYNC; pieces one after the other. */
async function received(...pieces: readonly (string | Buffer)[]): Promise<Buffer> {
  const port = await fake(async (socket) => {
    for (const piece of pieces) {
      socket.write(piece)
      await new Promise((next) => setTimeout(next, 2))
    }
    socket.end()
  })
  const stream = await open(port)
  try {
    return Buffer.concat(await watchRdb(stream.bytes()).stream.toArray())
  } finally {
    await stream.close()
  }
}

describe('an RDB over the replication protocol', () => {
  test('comes behind its length, with empty lines before it', async () => {
    expect(await received('\n\n', `${fullResync}\n`, '\n', `$${rdb.length}\r\n`, rdb, 'REPLICATION STREAM')).toEqual(
      rdb,
    )
  })

  test('comes in front of a mark, wherever that is cut', async () => {
    const bytes = Buffer.concat([rdb, Buffer.from(mark)])
    for (const at of [1, 39, 40, 41, rdb.length - 41, rdb.length - 1, rdb.length, rdb.length + 1, rdb.length + 39]) {
      expect(await received(`${fullResync}$EOF:${mark}\r\n`, bytes.subarray(0, at), bytes.subarray(at))).toEqual(rdb)
    }
    const pieces = Array.from({ length: Math.ceil(bytes.length / 333) }, (_, at) =>
      bytes.subarray(at * 333, at * 333 + 333),
    )
    expect(await received(`${fullResync}$EOF:${mark}\r\n`, ...pieces)).toEqual(rdb)
  })

  test('tells replication id, offset and length', async () => {
    const stream = await open(
      await fake((socket) => socket.end(Buffer.concat([Buffer.from(`${fullResync}$${rdb.length}\r\n`), rdb]))),
    )
    expect(stream.replication).toEqual({ id: 'a'.repeat(40), offset: 42 })
    expect(stream.length).toBe(rdb.length)
    await stream.close()
  })

  test('that stops after half is no backup, however it was framed', async () => {
    for (const frame of [`$${rdb.length}\r\n`, `$EOF:${mark}\r\n`]) {
      await expect(received(fullResync + frame, rdb.subarray(0, rdb.length / 2))).rejects.toMatchObject({
        code: 'redis/connection-lost',
        message: expect.stringMatching(/^the connection to 127\.0\.0\.1:\d+ was lost after .* of its data$/),
      })
    }
  })

  test('that is whole by its length, but not by what it holds, is damaged', async () => {
    const half = rdb.subarray(0, rdb.length / 2)
    await expect(received(`${fullResync}$${half.length}\r\n`, half)).rejects.toMatchObject({
      code: 'redis/rdb-damaged',
    })
    const flipped = Buffer.from(rdb)
    flipped[3000] = 0x79
    await expect(received(`${fullResync}$${rdb.length}\r\n`, flipped)).rejects.toMatchObject({
      code: 'redis/rdb-damaged',
    })
    await expect(received(`${fullResync}$EOF:${mark}\r\n`, flipped, mark)).rejects.toMatchObject({
      code: 'redis/rdb-damaged',
    })
  })

  test('may not come at all: the server says why', async () => {
    await expect(received(fullResync, "-ERR BGSAVE failed, replication can't continue\r\n")).rejects.toMatchObject({
      code: 'redis/error',
    })
    await expect(received("-NOMASTERLINK Can't SYNC while not connected with my master\r\n")).rejects.toMatchObject({
      code: 'redis/replica-disconnected',
    })
    await expect(received(fullResync, 'HTTP/1.1 400\r\n')).rejects.toMatchObject({ code: 'redis/protocol' })
    await expect(received()).rejects.toMatchObject({ code: 'redis/connection-lost' })
  })

  test('comes by SYNC from a server that does not know PSYNC', async () => {
    const port = await fake(
      () => {},
      (command, socket) => {
        if (command.startsWith('PSYNC')) return "-ERR unknown command 'PSYNC'\r\n"
        if (command !== 'SYNC') return undefined
        socket.write(`\n$${rdb.length}\r\n`)
        socket.write(rdb)
        return ''
      },
    )
    const stream = await open(port)
    expect(stream.replication).toBeUndefined()
    expect(Buffer.concat(await watchRdb(stream.bytes()).stream.toArray())).toEqual(rdb)
    await stream.close()
  })
})
