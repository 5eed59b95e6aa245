// A fake Redis server that replies to each command as a test defines.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { type Reply, ReplyReader } from '../../src/engines/redis/connection/resp.ts'

/**
 * A string that begins with `-` or `+` is an error or a status, any other a bulk string. undefined: the reply of a
 * server without data.
 */
export type ScriptedAnswer = string | number | readonly ScriptedAnswer[] | undefined

export interface ScriptedRedis {
  readonly port: number
  readonly url: string
  /** Commands received, in order: `SELECT 1`. */
  readonly asked: string[]
  [Symbol.asyncDispose](): Promise<void>
}

export async function scriptedRedis(answer: (command: string) => ScriptedAnswer): Promise<ScriptedRedis> {
  const asked: string[] = []
  const server = createServer((socket) => {
    const reader = new ReplyReader()
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      reader.push(chunk)
      for (let parts = reader.next(); parts !== undefined; parts = reader.next()) {
        const command = textOf(parts)
        asked.push(command)
        socket.write(encoded(answer(command) ?? plainAnswer(command)))
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    ...{ port, url: `redis://127.0.0.1:${port}`, asked },
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}

function textOf(parts: Reply): string {
  return Array.isArray(parts) ? parts.map(String).join(' ') : String(parts)
}

function plainAnswer(command: string): ScriptedAnswer {
  if (/^(PING|SELECT 0)$/.test(command)) return '+OK'
  if (/^INFO/.test(command)) return 'redis_version:7.0.15\r\nredis_mode:standalone\r\nrole:master\r\nloading:0\r\n'
  if (/^SELECT/.test(command)) return '-ERR DB index is out of range'
  if (/^SCAN/.test(command)) return ['0', []]
  if (/^CLUSTER/.test(command)) return '-ERR This instance has cluster support disabled'
  return '-ERR unknown command'
}

function encoded(answer: ScriptedAnswer): string {
  if (answer === undefined) return '$-1\r\n'
  if (typeof answer === 'number') return `:${answer}\r\n`
  if (typeof answer !== 'string') return `*${answer.length}\r\n${answer.map(encoded).join('')}`
  return /^[-+]/.test(answer) ? `${answer}\r\n` : `$${Buffer.byteLength(answer)}\r\n${answer}\r\n`
}
