// A server that lists and deletes keys as S3 does, a thousand per request, and counts the requests.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface ListingServer {
  readonly endpoint: string
  /** Pages listed so far. */
  listed: number
  /** Requests that deleted keys so far. */
  deleted: number
  /** Restores all deleted keys. */
  restore(): void
  close(): void
}

/** Serves these keys, which are sorted, on a free port; any other request receives an empty response. */
export async function listingServer(keys: readonly string[]): Promise<ListingServer> {
  const gone = new Set<string>()
  const close = () => void server.close()
  const state = { endpoint: '', listed: 0, deleted: 0, restore: () => gone.clear(), close }
  const modified = new Date(Date.now() - 400 * 86_400_000).toISOString()
  const list = (search: URLSearchParams): string => {
    const prefix = search.get('prefix') ?? ''
    const after = search.get('continuation-token') ?? search.get('start-after') ?? ''
    const most = Math.min(Number(search.get('max-keys') ?? 1000), 1000)
    if (most > 1) state.listed += 1
    const page: string[] = []
    let place = firstFrom(keys, [after, prefix].sort()[1] as string)
    for (; place < keys.length && page.length < most && keys[place]?.startsWith(prefix); place += 1) {
      const key = keys[place] as string
      if (key > after && !gone.has(key)) page.push(key)
    }
    const more = place < keys.length && keys[place]?.startsWith(prefix)
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
    const contents = page.map(
      (key) =>
        `<Contents><Key>${key}</Key><Size>1</Size><LastModified>${modified}</LastModified><ETag>"x"</ETag></Contents>`,
    )
    return `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`
  }
  const server = createServer(async (request, answer) => {
    const { searchParams: search } = new URL(request.url ?? '/', 'http://localhost')
    answer.setHeader('content-type', 'application/xml')
    if (search.has('uploads'))
      return void answer.end(
        '<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>',
      )
    if (search.has('delete')) {
      for (const [, key = ''] of (await text(request)).matchAll(/<Key>([^<]+)<\/Key>/g)) gone.add(key)
      state.deleted += 1
      return void answer.end('<DeleteResult></DeleteResult>')
    }
    answer.end(search.get('list-type') === '2' ? list(search) : '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}

/** Returns the index of the first key that is not before this one. */
function firstFrom(keys: readonly string[], wanted: string): number {
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((keys[middle] as string) < wanted) low = middle + 1
    else high = middle
  }
  return low
}
