// A TCP proxy that lets the responses of a server through one byte at a time.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

interface Trickle {
  /** The responses of a connection are slow from the request on that matches. */
  readonly from: RegExp
  /** Milliseconds between two bytes. */
  readonly every: number
  /** After the last byte of the server, repeat it for ever. */
  readonly endless?: boolean
}

export interface TrickleProxy {
  readonly port: number
  /** Number of connections that are slow or were slow. */
  readonly slow: () => number
  close(): Promise<void>
}

/** Starts a proxy on a free loopback port in front of a server on 127.0.0.1. */
export async function trickleProxy(to: number, { from, every, endless = false }: Trickle): Promise<TrickleProxy> {
  const live = new Set<Socket>()
  let slow = 0
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1')
    let timer: NodeJS.Timeout | undefined
    let waiting = Buffer.alloc(0)
    const end = (): void => {
      clearInterval(timer)
      for (const socket of [client, upstream]) socket.destroy()
    }
    const drop = (): void => {
      const [byte] = waiting
      if (byte === undefined) return
      client.write(Buffer.from([byte]))
      if (waiting.length > 1 || !endless) waiting = waiting.subarray(1)
    }
    client.on('data', (chunk) => {
      if (timer === undefined && from.test(chunk.toString('latin1'))) {
        slow += 1
        timer = setInterval(drop, every)
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (timer === undefined) client.write(chunk)
      else waiting = Buffer.concat([waiting, chunk])
    })
    for (const socket of [client, upstream]) {
      live.add(socket)
      socket
        .on('error', end)
        .on('close', end)
        .once('close', () => live.delete(socket))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    slow: () => slow,
    close: async () => {
      for (const socket of live) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}
