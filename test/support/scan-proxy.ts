// A TCP proxy to Redis that runs work at one moment of a restore of a queue: after the removal of states.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

interface ScanProxy {
  readonly port: number
  /** How often `work` was called. */
  readonly calls: number
  close(): void
}

/**
 * Starts a proxy on a free loopback port. It calls `work` once, before it forwards the first SCAN after states of a
 * queue were removed in a transaction.
 */
export async function scanProxy(port: number, work: () => Promise<unknown>): Promise<ScanProxy> {
  const state = { calls: 0, isRemoved: false }
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    far.pipe(near)
    const forward = async () => {
      for await (const chunk of near as AsyncIterable<Buffer>) {
        if (state.isRemoved && state.calls === 0 && chunk.includes('SCAN')) {
          state.calls += 1
          await work()
        }
        state.isRemoved ||= chunk.includes('UNLINK') && chunk.includes('EXEC')
        far.write(chunk)
      }
    }
    void forward()
      .catch(() => {})
      .finally(() => far.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get calls() {
      return state.calls
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
