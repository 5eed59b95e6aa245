// Answers of GitHub's REST API without a network: `fetch` replaced for one test.
import { vi } from 'vitest'
import { type GitHub, openGitHub } from '../../src/github/client.ts'
import { type FakeClock, fakeClock } from '../support/fakes.ts'

interface Asked {
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly authorization: string | undefined
}

interface Answering {
  readonly github: GitHub
  readonly asked: Asked[]
  readonly notes: string[]
  readonly clock: FakeClock
}

/** An answer, or an error for a connection that breaks. */
export type Reply =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly json?: unknown }
  | Error

/** A client whose requests are answered in turn by `replies`; the last one answers all that follow. */
export function answering(replies: readonly Reply[] | ((asked: Asked) => Reply), signal?: AbortSignal): Answering {
  const asked: Asked[] = []
  const notes: string[] = []
  const clock = fakeClock()
  vi.stubGlobal(
    'fetch',
    async (
      url: string,
      { method, headers, body }: { method: string; headers: Record<string, string>; body?: string },
    ) => {
      const { pathname, search } = new URL(url)
      const request = {
        method,
        path: pathname + search,
        body: body && JSON.parse(body),
        authorization: headers.authorization,
      }
      asked.push(request)
      const reply =
        typeof replies === 'function' ? replies(request) : replies[Math.min(asked.length, replies.length) - 1]
      if (reply === undefined || reply instanceof Error) throw reply ?? new Error('no reply')
      const { status = 200, headers: extra = {}, json } = reply
      const text = json === undefined ? null : JSON.stringify(json)
      return new Response(status === 204 ? null : text, {
        status,
        headers: { 'content-type': 'application/json', ...extra },
      })
    },
  )
  const note = (sentence: string) => void notes.push(sentence)
  const access = { apiUrl: 'https://api.github.com', token: 'ghs_topsecret', repository: 'acme/shop', clock, note }
  return { github: openGitHub({ ...access, ...(signal && { signal }) }), asked, notes, clock }
}
