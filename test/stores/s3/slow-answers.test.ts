// An S3 server that sends its answers byte by byte.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { openS3Store } from '../../../src/stores/s3/store.ts'
import { realClock } from '../../support/real-clock.ts'

const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\n'
const answers: Record<string, string> = {
  'the headers': `${head}x: `,
  'the body': `${head}content-length: 1000000\r\n\r\n`,
}
const work: Record<string, (store: ReturnType<typeof openS3Store>) => Promise<unknown>> = {
  'a listing': (store) => store.list('')[Symbol.asyncIterator]().next(),
  'the clock': (store) => store.now(),
}

test.each(Object.keys(answers).flatMap((part) => Object.keys(work).map((name) => [part, name] as const)))(
  '%s of an answer that never ends: %s fails, and the connection is closed',
  async (part, name) => {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket
        .on('error', () => {})
        .once('data', () => {
          const timer = setInterval(() => socket.write('x'), 20)
          socket.once('close', () => clearInterval(timer))
          socket.write(answers[part] ?? '')
        })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const patience = { attempts: 1, idleTimeout: 30, answerTimeout: 0.3 }
    const settings = {
      ...{ bucket: 'backups', prefix: '', region: 'us-east-1', patience },
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    }
    const store = openS3Store(settings, { clock: realClock, note: () => {} })
    try {
      await expect(work[name]?.(store)).rejects.toMatchObject({ code: 's3/unreachable' })
      await Promise.all(
        sockets.map((socket) => socket.destroyed || new Promise((closed) => socket.once('close', closed))),
      )
    } finally {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  },
)
