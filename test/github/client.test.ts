// The client for GitHub's REST API: patient with what passes, plain about what does not.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { deleteArtifact, listArtifacts, mostListed } from '../../src/github/artifacts.ts'
import { openGitHub } from '../../src/github/client.ts'
import { getRepository, gitHubTime } from '../../src/github/repository.ts'
import { getRun } from '../../src/github/runs.ts'
import { fakeClock } from '../support/fakes.ts'
import { realClock } from '../support/real-clock.ts'
import { answering, type Reply } from './fake-fetch.ts'

afterEach(() => void vi.unstubAllGlobals())

const repository = { json: { id: 77, visibility: 'private', private: true, default_branch: 'main' } }
const failureOf = async (work: Promise<unknown>): Promise<Failure> => {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(Failure)
  return failure as Failure
}

describe('patience', () => {
  test('a request goes to the repository with the token', async () => {
    const { github, asked } = answering([repository])
    expect(await getRepository(github)).toEqual({ id: 77, visibility: 'private', defaultBranch: 'main' })
    expect(asked).toEqual([
      { method: 'GET', path: '/repos/acme/shop', body: undefined, authorization: 'token ghs_topsecret' },
    ])
  })

  const passing: [string, Reply][] = [
    ['an error of GitHub', { status: 502, json: {} }],
    ['a connection that breaks', new TypeError('fetch failed', { cause: new Error('read ECONNRESET') })],
  ]
  test.each(passing)('%s is sat out and told', async (_, reply) => {
    const { github, notes, clock } = answering([reply, reply, repository])
    expect((await getRepository(github)).id).toBe(77)
    expect(clock.slept).toHaveLength(2)
    expect(Math.max(...clock.slept)).toBeLessThanOrEqual(1)
    expect(notes).toHaveLength(2)
    expect(notes[0]).toMatch(/^could not look up acme\/shop: GitHub .*Trying again in/)
  })

  test('what does not pass is a failure after five attempts', async () => {
    const { github, asked } = answering([{ status: 503, json: {} }])
    expect(await failureOf(getRepository(github))).toMatchObject({
      code: 'github/unavailable',
      hint: expect.stringContaining('githubstatus'),
    })
    expect(asked).toHaveLength(5)
  })

  test('a request without a response fails within the limits', async () => {
    vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) => {
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    const limits = { firstDelay: 0.05, idleTimeout: 0.05, longestOutage: 0.2 }
    const access = {
      apiUrl: 'https://api.github.com',
      token: 'ghs_topsecret',
      repository: 'acme/shop',
      clock: realClock,
      limits,
    }
    expect(await failureOf(getRepository(openGitHub(access)))).toMatchObject({ code: 'github/unavailable' })
  })

  const limits: [string, Record<string, string>, number][] = [
    ['the seconds of Retry-After', { 'retry-after': '7' }, 7],
    [
      'the moment of the reset',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.parse('2026-11-24T02:01:05Z') / 1000) },
      60,
    ],
    ['a minute where GitHub does not say', { 'x-ratelimit-remaining': '12' }, 60],
  ]
  test.each(limits)('a rate limit is waited for: %s', async (_, headers, seconds) => {
    const limited = { status: 403, headers, json: { message: 'You have exceeded a secondary rate limit' } }
    const { github, clock, notes } = answering([limited, repository])
    await getRepository(github)
    expect(clock.slept).toEqual([seconds])
    expect(notes).toHaveLength(1)
  })

  test('a rate limit of an hour is told instead', async () => {
    const reset = String(Date.parse('2026-11-24T02:50:05Z') / 1000)
    const limited = {
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
      json: { message: 'API rate limit exceeded' },
    }
    const { github, clock } = answering([limited])
    const failure = await failureOf(getRepository(github))
    expect(failure).toMatchObject({ code: 'github/rate-limit', message: expect.stringContaining('50 min') })
    expect(clock.slept).toEqual([])
  })

  test('an interruption ends it with its own reason', async () => {
    const controller = new AbortController()
    const { github, asked } = answering(() => {
      controller.abort(new Failure('interrupted', 'Stopped.'))
      return new TypeError('fetch failed')
    }, controller.signal)
    expect((await failureOf(getRepository(github))).message).toBe('Stopped.')
    expect(asked).toHaveLength(1)
  })
})

describe('what GitHub refuses', () => {
  const answers: [number, string, string][] = [
    [401, 'github/bad-token', 'permissions: actions: read'],
    [403, 'github/forbidden', 'permissions: actions: read'],
    [404, 'github/not-found', 'permissions: actions: read'],
    [422, 'github/request-refused', 'permissions: actions: read'],
  ]
  test.each(answers)('%i says what it means and which permission it takes', async (status, code, hint) => {
    const { github, asked } = answering([{ status, json: { message: 'Resource not accessible by integration' } }])
    const failure = await failureOf(listArtifacts(github))
    expect(failure).toMatchObject({ code, hint: expect.stringContaining(hint) })
    expect(asked).toHaveLength(1)
    expect(`${failure.message} ${failure.hint}`).not.toContain('topsecret')
  })

  test('a run that is gone is undefined, an artifact that is gone counts as deleted', async () => {
    const { github } = answering([{ status: 404, json: { message: 'Not Found' } }])
    expect(await getRun(github, 1)).toBeUndefined()
    await deleteArtifact(github, 1, 'x')
  })

  test.each(['shop', 'acme/shop/x', 'acme/', ''])('%j is not a repository', (name) => {
    expect(() =>
      openGitHub({ apiUrl: 'https://api.github.com', token: 'x', repository: name, clock: fakeClock() }),
    ).toThrow(expect.objectContaining({ code: 'github/no-repository' }))
  })
})

describe('single routes', () => {
  test('a run says its event, the file of its workflow and whose code ran', async () => {
    const run = {
      event: 'schedule',
      id: 5,
      workflow_id: 3,
      path: 'Acme/shop/.github/workflows/backup.yml@feature/x',
      head_branch: 'main',
      head_sha: 'abc',
      head_repository: { id: 77 },
      html_url: 'u',
    }
    const { github } = answering([{ json: run }])
    expect(await getRun(github, 5)).toEqual({
      id: 5,
      event: 'schedule',
      workflow: 3,
      path: '.github/workflows/backup.yml',
      branch: 'main',
      sha: 'abc',
      headRepository: 77,
      url: 'u',
    })
  })

  test('the time is that of the answer', async () => {
    const { github } = answering([{ headers: { date: 'Tue, 24 Nov 2026 02:00:00 GMT' }, json: {} }])
    expect(await gitHubTime(github)).toEqual(new Date('2026-11-24T02:00:00Z'))
    expect(await gitHubTime(answering([{ json: {} }]).github)).toBeUndefined()
  })
})

describe('listing artifacts', () => {
  const item = (id: number, more: object = {}) => ({
    id,
    name: `n${id}`,
    size_in_bytes: 1,
    expired: false,
    created_at: '2026-11-24T02:00:00Z',
    ...more,
  })
  const pages =
    (ids: readonly number[], total = ids.length) =>
    (asked: { path: string }) => {
      const query = new URLSearchParams(asked.path.split('?')[1])
      const from = (Number(query.get('page')) - 1) * Number(query.get('per_page'))
      return { json: { total_count: total, artifacts: ids.slice(from, from + 100).map((id) => item(id)) } }
    }

  test('ten thousand take a hundred requests', async () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => 10_000 - index)
    const { github, asked } = answering(pages(ids))
    expect((await listArtifacts(github)).map(({ id }) => id)).toEqual(ids)
    expect(asked).toHaveLength(100)
  })

  test('more than that is refused after one request: half a list would be taken for a whole one', async () => {
    const { github, asked } = answering(pages([1], mostListed + 1))
    expect(await failureOf(listArtifacts(github))).toMatchObject({
      code: 'artifact/too-many',
      message: expect.stringContaining('10001'),
    })
    expect(asked).toHaveLength(1)
  })

  test('expired ones are left out, and a digest is read where there is one', async () => {
    const artifacts = [
      item(3, { expired: true }),
      item(2, { digest: `sha256:${'a'.repeat(64)}`, expires_at: '2026-12-24T02:00:00Z' }),
      item(1),
    ]
    const { github } = answering([{ json: { total_count: 3, artifacts } }])
    expect(await listArtifacts(github)).toMatchObject([
      { id: 2, sha256: 'a'.repeat(64), expires: new Date('2026-12-24T02:00:00Z') },
      { id: 1, sha256: undefined, expires: undefined, run: undefined },
    ])
  })

  test('a list that shifted while it was read is read once more', async () => {
    const ids = Array.from({ length: 150 }, (_, index) => 150 - index)
    let requests = 0
    const { github } = answering((asked) => {
      requests += 1
      // The first artifact is deleted between the first page and the second.
      return pages(requests === 2 ? ids.slice(1) : ids, 150)(asked)
    })
    expect(await listArtifacts(github)).toHaveLength(150)
    expect(requests).toBe(4)
  })
})
