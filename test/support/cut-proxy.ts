// A TCP proxy that injects faults: it resets, stalls or delays connections, or drops responses.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Transform, type TransformCallback } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** A fault to inject. Bytes are counted over all connections since the proxy started or `set` was last called. */
interface Fault {
  /**
   * Inject the fault after this many bytes to the server (`reset`, `stall`, `lose-answer`), from the server
   * (`reset-answer`, `stall-answer`) or in total (`freeze`); absent: never (`freeze`: at once).
   */
  after?: number | undefined
  /** Number of faults; default: 1. */
  times?: number
  /**
   * `reset` and `stall` affect requests, the others affect responses. `lose-answer` forwards the request. After
   * `freeze`, no connection transfers any data.
   */
  mode?: 'reset' | 'stall' | 'lose-answer' | 'reset-answer' | 'stall-answer' | 'freeze'
  /** Affects only connections whose current request's head matches. */
  only?: RegExp
  /** Milliseconds to wait before each chunk is forwarded. */
  delay?: number
}

export interface CutProxy {
  readonly endpoint: string
  readonly port: number
  /** Bytes received from the client (`up`) and from the server (`down`), connections accepted, faults injected. */
  readonly seen: { up: number; down: number; connections: number; faults: number }
  /** Replaces the fault and resets the counters. */
  set(fault: Fault): void
  close(): Promise<void>
}

/** Starts a proxy on a free loopback port in front of `endpoint` (http). */
export async function cutProxy(endpoint: string, first: Fault = {}): Promise<CutProxy> {
  const to = new URL(endpoint)
  const seen = { up: 0, down: 0, connections: 0, faults: 0 }
  let fault = first
  const live = new Set<Socket>()

  const strikes = (way: 'up' | 'down', head: string) => {
    const { after, times = 1, mode = 'reset', only } = fault
    if (mode === 'freeze') return seen.up + seen.down >= (after ?? 0)
    const counted = mode.startsWith('reset-') || mode.startsWith('stall-') ? 'down' : 'up'
    const strikesOn = mode === 'reset' || mode === 'stall' ? 'up' : 'down'
    return (
      after !== undefined &&
      way === strikesOn &&
      seen.faults < times &&
      seen[counted] >= after &&
      (!only || only.test(head))
    )
  }

  const server = createServer({ allowHalfOpen: true }, (client) => {
    seen.connections += 1
    const upstream = connect({ host: to.hostname, port: Number(to.port), allowHalfOpen: true })
    const kill = () => {
      for (const socket of [client, upstream]) {
        socket.resetAndDestroy()
        live.delete(socket)
      }
    }
    let head = ''
    const meter = (way: 'up' | 'down') =>
      new Transform({
        async transform(bytes: Buffer, _encoding, done: TransformCallback) {
          seen[way] += bytes.length
          if (way === 'up' && /^(GET|PUT|POST|HEAD|DELETE) /.test(bytes.toString('latin1', 0, 8)))
            head = bytes.toString('latin1', 0, 2000)
          if (fault.delay) await sleep(fault.delay)
          if (!strikes(way, head)) return done(null, bytes)
          seen.faults += 1
          // A stall never calls back: no more data passes in this direction.
          if (!/^(stall|freeze)/.test(fault.mode ?? '')) kill()
        },
      })
    for (const socket of [client, upstream]) {
      live.add(socket)
      socket.on('error', kill)
      socket.on('close', () => live.delete(socket))
    }
    client.pipe(meter('up')).pipe(upstream)
    upstream.pipe(meter('down')).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    seen,
    set(next) {
      fault = next
      Object.assign(seen, { up: 0, down: 0, connections: 0, faults: 0 })
    },
    async close() {
      for (const socket of live) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
