// A way from where a confined command is to a server that it cannot see.
import { createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

interface Bridge {
  /** The port it listens on, for a bridge on TCP. */
  readonly port: number | undefined
  /** Ends what flows, too. Never throws. */
  close(): Promise<void>
}

/** Connections at one time. */
const most = 128

/**
 * Listens on a unix socket (a path) or on a free port of 127.0.0.1, and joins each connection to a new one of `dial`,
 * which may first read from the client and refuse it by rejecting.
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

/** A connection that breaks takes the other along; one that ends is ended on the other side. */
function join(inner: Duplex, outer: Duplex): void {
  for (const [from, to] of [
    [inner, outer],
    [outer, inner],
  ] as const) {
    from.on('error', () => to.destroy()).once('close', () => to.destroy())
    from.pipe(to)
  }
}
