// Pull requests as the gate sees them.
import { afterEach, expect, test, vi } from 'vitest'
import { openPullRequests, pullRequest, pullRequestsOfCommit } from '../../src/github/pulls.ts'
import { answering } from './fake-fetch.ts'

afterEach(() => void vi.unstubAllGlobals())

const item = (more: object = {}) => ({
  number: 17,
  state: 'open',
  draft: false,
  merged_at: null,
  head: { sha: 'abc', ref: 'feature', repo: { full_name: 'acme/shop' } },
  base: { sha: 'def', ref: 'main', repo: { full_name: 'acme/shop' } },
  labels: [{ name: 'backup' }, { name: 'x' }],
  user: { login: 'ann' },
  updated_at: '2026-11-24T02:00:00Z',
  html_url: 'https://github.com/acme/shop/pull/17',
  ...more,
})

test('a pull request of the repository itself', async () => {
  const { github, asked } = answering([{ json: item() }])
  expect(await pullRequest(github, 17)).toEqual({
    number: 17,
    state: 'open',
    draft: false,
    merged: false,
    head: { sha: 'abc', ref: 'feature', repository: 'acme/shop' },
    base: { sha: 'def', ref: 'main', repository: 'acme/shop' },
    fromFork: false,
    labels: ['backup', 'x'],
    user: 'ann',
    updated: new Date('2026-11-24T02:00:00Z'),
    url: 'https://github.com/acme/shop/pull/17',
  })
  expect(asked[0]?.path).toBe('/repos/acme/shop/pulls/17')
})

test('one of a fork, of a deleted fork, one that is merged, and one that is not there', async () => {
  const fork = { sha: 'abc', ref: 'main', repo: { full_name: 'eve/shop' } }
  expect(await pullRequest(answering([{ json: item({ head: fork }) }]).github, 17)).toMatchObject({ fromFork: true })
  const gone = answering([{ json: item({ head: { ...fork, repo: null }, user: null }) }])
  expect(await pullRequest(gone.github, 17)).toMatchObject({
    fromFork: true,
    user: undefined,
    head: { repository: undefined },
  })
  const merged = answering([{ json: item({ state: 'closed', merged_at: '2026-11-24T02:00:00Z' }) }])
  expect(await pullRequest(merged.github, 17)).toMatchObject({ state: 'closed', merged: true })
  expect(await pullRequest(answering([{ status: 404, json: { message: 'Not Found' } }]).github, 17)).toBeUndefined()
})

test('those of a commit, and none for a commit that GitHub does not know', async () => {
  const { github, asked } = answering([{ json: [item()] }])
  expect(await pullRequestsOfCommit(github, 'abc')).toMatchObject([{ number: 17 }])
  expect(asked[0]?.path).toBe('/repos/acme/shop/commits/abc/pulls?per_page=100&page=1')
  expect(await pullRequestsOfCommit(answering([{ status: 404, json: { message: 'x' } }]).github, 'abc')).toEqual([])
})

test('the open ones over all pages, also of one head', async () => {
  const many = Array.from({ length: 100 }, (_, index) => item({ number: index }))
  const { github, asked } = answering([{ json: many }, { json: [item()] }])
  expect(await openPullRequests(github, { head: 'eve:main', base: 'main' })).toHaveLength(101)
  expect(asked[1]?.path).toBe('/repos/acme/shop/pulls?state=open&head=eve%3Amain&base=main&per_page=100&page=2')
})
