// A Redis like that of a SaaS: sessions and caches, counters, lists, sorted sets, and a queue in BullMQ's format.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Redis } from 'ioredis'

/** Fills an empty Redis on this port of this machine with `keys` keys of about 300 bytes each. */
export async function fillRedis(port: number, keys: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  let replies = 0
  const answered = new Promise<void>((resolve, reject) => {
    socket.on('data', (bytes: Buffer) => {
      if (bytes.includes('-ERR')) reject(new Error(bytes.toString()))
      for (const byte of bytes) if (byte === 0x0a) replies += 1
      if (replies >= keys) resolve()
    })
  })
  for (let from = 0; from < keys; from += 5000) {
    const count = Math.min(5000, keys - from)
    const text = Array.from({ length: count }, (_, at) => command(keyOf(from + at))).join('')
    if (!socket.write(text)) await once(socket, 'drain')
  }
  await answered
  socket.destroy()
}

let state = 42
/** Text about as compressible as JSON with IDs. */
function text(length: number): string {
  let made = ''
  while (made.length < length) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    made += `"${(state % 97).toString(36)}":${state},`
  }
  return made.slice(0, length)
}

function keyOf(at: number): string[] {
  const sort = at % 10
  if (sort < 5) return ['SET', `session:${at}`, text(260), ...(sort < 3 ? ['EX', '864000'] : [])]
  if (sort < 7)
    return [
      'HSET',
      `bull:mail:${at}`,
      'name',
      'send',
      'data',
      text(180),
      'opts',
      text(60),
      'timestamp',
      String(1e12 + at),
    ]
  if (sort < 8) return ['RPUSH', `recent:${at}`, ...Array.from({ length: 8 }, () => text(30))]
  if (sort < 9)
    return ['ZADD', `board:${at}`, ...Array.from({ length: 8 }, (_, n) => [String(n * at), text(24)]).flat()]
  return ['SADD', `tags:${at}`, ...Array.from({ length: 6 }, () => text(28))]
}

function command(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
}

/** Writes a RESTORE command for every key, as raw RESP. */
export async function writeRestoreCommands(port: number, path: string): Promise<void> {
  const redis = new Redis({ port, host: '127.0.0.1' })
  try {
    await pipeline(Readable.from(commands(redis)), createWriteStream(path))
  } finally {
    redis.disconnect()
  }
}

async function* commands(redis: Redis): AsyncGenerator<Buffer> {
  let cursor = '0'
  do {
    const [next, keys] = await redis.scanBuffer(cursor, 'COUNT', 1000)
    cursor = next.toString()
    const asked = redis.pipeline()
    for (const key of keys) asked.dumpBuffer(key).pexpiretime(key)
    const answers = (await asked.exec()) ?? []
    for (const [at, key] of keys.entries()) {
      const dump = answers[2 * at]?.[1] as Buffer | null
      const expires = Math.max(0, Number(answers[2 * at + 1]?.[1] ?? 0))
      if (dump) yield restoreCommand(key, expires, dump)
    }
  } while (cursor !== '0')
}

function restoreCommand(key: Buffer, expires: number, dump: Buffer): Buffer {
  const words = [Buffer.from('RESTORE'), key, Buffer.from(String(expires)), dump, Buffer.from('ABSTTL')]
  return Buffer.concat([
    Buffer.from(`*${words.length}\r\n`),
    ...words.flatMap((word) => [Buffer.from(`$${word.length}\r\n`), word, Buffer.from('\r\n')]),
  ])
}
