// The blob storage of artifacts, as far as Azure's client uses it: blocks, block lists, and reads with ranges.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface Blobs {
  readonly contents: Map<string, Buffer>
  readonly types: Map<string, string>
  readonly parts: Map<string, Buffer>
  /** The next download breaks off after this many bytes. */
  cutAfter: number | undefined
  /** Every download stops sending after this many bytes. */
  silentAfter?: number | undefined
  /** Whether downloads support Range. */
  ranges: boolean
}

/** Answers Put Block, Put Block List, Put Blob and Get Blob. */
export async function answerBlob(
  blobs: Blobs,
  at: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = at.pathname.slice('/blob/'.length)
  if (request.method === 'GET') return download(blobs, name, request, response)
  const body = await buffer(request)
  const kind = at.searchParams.get('comp')
  if (kind === 'block') blobs.parts.set(`${name} ${at.searchParams.get('blockid')}`, body)
  else {
    const ids = [...body.toString().matchAll(/<(?:Latest|Uncommitted|Committed)>([^<]+)</g)].map((match) => match[1])
    const parts = ids.map((id) => blobs.parts.get(`${name} ${id}`) ?? Buffer.alloc(0))
    blobs.contents.set(name, kind === 'blocklist' ? Buffer.concat(parts) : body)
    blobs.types.set(name, String(request.headers['x-ms-blob-content-type'] ?? 'application/octet-stream'))
  }
  response
    .writeHead(201, { 'x-ms-version': '2025-01-05', etag: '"1"', 'last-modified': new Date().toUTCString() })
    .end()
}

function download(blobs: Blobs, name: string, request: IncomingMessage, response: ServerResponse): void {
  const content = blobs.contents.get(name)
  if (!content) return void response.writeHead(404).end()
  const type = blobs.types.get(name) ?? 'application/octet-stream'
  const from = blobs.ranges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0
  const range = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }
  response.writeHead(from > 0 ? 206 : 200, {
    'content-type': type,
    'content-length': content.length - from,
    ...(from > 0 && range),
  })
  const { cutAfter, silentAfter } = blobs
  if (silentAfter !== undefined) return void response.write(content.subarray(from, from + silentAfter))
  blobs.cutAfter = undefined
  if (cutAfter === undefined) return void response.end(content.subarray(from))
  response.write(content.subarray(from, from + cutAfter), () => setTimeout(() => request.socket.resetAndDestroy(), 20))
}
