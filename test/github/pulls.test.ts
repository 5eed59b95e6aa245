// Pull requests as the gate sees them.
import { afterEach, expect, test, vi } from 'vitest'
import { openPullRequests } from '../../src/github/pulls.ts'
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

test('one of the repository itself', async () => {
  const { github, asked } = answering([{ json: [item()] }])
  expect(await openPullRequests(github)).toEqual([
    {
      number: 17,
      head: { sha: 'abc' },
      base: { sha: 'def', ref: 'main' },
      fromFork: false,
      labels: ['backup', 'x'],
      user: 'ann',
      updated: new Date('2026-11-24T02:00:00Z'),
    },
  ])
  expect(asked[0]?.path).toBe('/repos/acme/shop/pulls?state=open&per_page=100&page=1')
})

test('one of a fork, and one of a fork and an account that were deleted', async () => {
  const fork = { sha: 'abc', ref: 'main', repo: { full_name: 'eve/shop' } }
  const deleted = item({ head: { ...fork, repo: null }, user: null })
  expect(await openPullRequests(answering([{ json: [item({ head: fork }), deleted] }]).github)).toMatchObject([
    { fromFork: true },
    { fromFork: true, user: undefined },
  ])
})

test('those of all pages', async () => {
  const many = Array.from({ length: 100 }, (_, index) => item({ number: index }))
  const { github, asked } = answering([{ json: many }, { json: [item()] }])
  expect(await openPullRequests(github)).toHaveLength(101)
  expect(asked[1]?.path).toBe('/repos/acme/shop/pulls?state=open&per_page=100&page=2')
})
