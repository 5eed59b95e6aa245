// Forwards connections of a sandboxed command to a server that it cannot reach.
import { createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

interface Bridge {
  /** TCP port that it listens on; undefined for a unix socket. */
  readonly port: number | undefined
  /** Closes open connections too. Never throws. */
  close(): Promise<void>
}

/** Maximum number of concurrent connections. */
const most = 128

/**
 * Listens on a unix socket (a path) or on a free port of 127.0.0.1, and connects each client with `dial`. That may
 * first read from the client, and refuses it by rejecting.
 */
export async function openBridge(
  where: string | undefined,
  dial: (client: Duplex) => Promise<Duplex>,
): Promise<Bridge> {
  const open = new Set<Duplex>()
  const keep = (stream: Duplex): Duplex => {
    open.add(stream)
    return stream.once('close', () => open.delete(stream))
  }
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (inner: Socket) => {
    keep(inner).on('error', () => {})
    dial(inner).then(
      (outer) => (inner.destroyed ? outer.destroy() : join(inner, keep(outer))),
      () => inner.destroy(),
    )
  })
  server.maxConnections = most
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(where === undefined ? { port: 0, host: '127.0.0.1' } : { path: where }, resolve)
  })
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : undefined,
    close: async () => {
      for (const stream of open) stream.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** Pipes both ways. If one connection breaks, the other is destroyed; if one ends, the other is ended. */
function join(inner: Duplex, outer: Duplex): void {
  for (const [from, to] of [
    [inner, outer],
    [outer, inner],
  ] as const) {
    from.on('error', () => to.destroy()).once('close', () => to.destroy())
    from.pipe(to)
  }
}
