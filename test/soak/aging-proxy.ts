// An S3 proxy that shows every object and open upload as two days old.
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface AgingProxy {
  readonly endpoint: string
  close(): void
}

/** Milliseconds; longer than the day for which prune retains unfinished writes. */
export const twoDays = 2 * 86_400_000

/** Starts the proxy on a free loopback port. Only listings contain dates, so only their responses are rewritten. */
export async function startAgingProxy(behind: string): Promise<AgingProxy> {
  const to = new URL(behind)
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming
    const onward = request({ host: to.hostname, port: to.port, method, path, headers }, async (answer) => {
      const isListing = method === 'GET' && /[?&](list-type|uploads|versions)\b/.test(path ?? '')
      if (!isListing) {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(outgoing)
        return
      }
      const body = Buffer.from(older(await text(answer)))
      const { 'transfer-encoding': _, ...kept } = answer.headers
      outgoing.writeHead(answer.statusCode ?? 500, { ...kept, 'content-length': body.length }).end(body)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.on('error', () => onward.destroy())
    incoming.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function older(xml: string): string {
  return xml.replaceAll(
    /<(LastModified|Initiated)>([^<]+)</g,
    (_, name, time) => `<${name}>${new Date(Date.parse(time) - twoDays).toISOString()}<`,
  )
}
