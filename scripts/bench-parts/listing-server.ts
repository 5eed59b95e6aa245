// A server that answers ListObjectsV2 as S3 does, a thousand keys a page, and counts the requests.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ListingServer {
  readonly endpoint: string
  /** Pages listed so far. */
  listed: number
  close(): void
}

/** Serves these keys, which are sorted, on a free port; any other request gets an empty answer. */
export async function listingServer(keys: readonly string[]): Promise<ListingServer> {
  const state = { endpoint: '', listed: 0, close: () => void server.close() }
  const modified = new Date().toISOString()
  const server = createServer((request, answer) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    answer.setHeader('content-type', 'application/xml')
    if (url.searchParams.has('uploads'))
      return void answer.end('<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>')
    if (url.searchParams.get('list-type') !== '2') return void answer.end()
    const prefix = url.searchParams.get('prefix') ?? ''
    const from = Number(url.searchParams.get('continuation-token') ?? 0)
    const most = Number(url.searchParams.get('max-keys') ?? 1000)
    if (most > 1) state.listed += 1
    const fitting = keys.filter((key) => key.startsWith(prefix))
    const page = fitting.slice(from, from + Math.min(most, 1000))
    const next = from + page.length
    const more = next < fitting.length
    const contents = page.map(
      (key) => `<Contents><Key>${key}</Key><Size>1</Size><LastModified>${modified}</LastModified><ETag>"x"</ETag></Contents>`,
    )
    answer.end(
      `<ListBucketResult><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${next}</NextContinuationToken>` : ''}${contents.join('')}</ListBucketResult>`,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}
