// An HTTP proxy that answers in place of the server, changes response headers, or delays requests, as a test sets it.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface HttpFront {
  readonly endpoint: string
  /** Statuses with which to answer the next requests, in place of the server. */
  statuses: number[]
  /** Changes the headers of a response before they are forwarded. */
  change: ((asked: IncomingMessage, headers: IncomingHttpHeaders) => void) | undefined
  /**
   * Returns a promise that delays the request, or undefined. The server receives a delayed request even if the client
   * has disconnected.
   */
  delay: ((asked: IncomingMessage) => Promise<unknown> | undefined) | undefined
  close(): void
}

/** Starts a proxy on a free loopback port. */
export async function httpFront(behind: string): Promise<HttpFront> {
  const to = new URL(behind)
  const server = createServer((incoming, outgoing) => {
    const status = front.statuses.shift()
    if (status !== undefined) {
      const body = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>on cue</Message></Error>'
      incoming.resume().on('end', () => outgoing.writeHead(status, { 'content-type': 'application/xml' }).end(body))
      return
    }
    const until = front.delay?.(incoming)
    const body = until && buffer(incoming)
    const { method, url: path, headers } = incoming
    const onward = request({ host: to.hostname, port: to.port, method, path, headers }, (answer) => {
      front.change?.(incoming, answer.headers)
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    if (body) {
      void Promise.all([body, until]).then(
        ([bytes]) => onward.end(bytes),
        () => onward.destroy(),
      )
      return
    }
    incoming.on('error', () => onward.destroy())
    incoming.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const front: HttpFront = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    statuses: [],
    change: undefined,
    delay: undefined,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return front
}
