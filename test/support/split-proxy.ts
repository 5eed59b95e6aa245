// A TCP proxy to PostgreSQL that delays the data after the end of a COPY, as a busy network may.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** The CopyDone message. */
const copyDone = Buffer.from([0x63, 0, 0, 0, 4])

interface SplitProxy {
  readonly port: number
  /** Number of delays. */
  readonly splits: number
  close(): void
}

/** Listens on a free port of 127.0.0.1; `milliseconds` is the delay. */
export async function splitProxy(port: number, milliseconds = 20): Promise<SplitProxy> {
  const sockets = new Set<Socket>()
  const state = { splits: 0 }
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.setNoDelay().on('error', () => {})
    }
    near.pipe(far)
    near.on('close', () => far.destroy())
    void deliver(far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get splits() {
      return state.splits
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }

  async function deliver(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        let rest = chunk
        for (let at = rest.indexOf(copyDone); at !== -1; at = rest.indexOf(copyDone)) {
          to.write(rest.subarray(0, at + copyDone.length))
          rest = rest.subarray(at + copyDone.length)
          state.splits += 1
          await sleep(milliseconds)
        }
        if (rest.length > 0) to.write(rest)
      }
    } catch {}
    to.end()
  }
}
