// Commit statuses: what is posted and which one counts.
import { afterEach, expect, test, vi } from 'vitest'
import { createStatus, latestStatus } from '../../src/github/statuses.ts'
import { answering } from './fake-fetch.ts'

afterEach(() => void vi.unstubAllGlobals())

const context = 'resguardo/migration-gate'
const status = (more: object) => ({
  state: 'success',
  context,
  description: 'fine',
  target_url: 'https://x',
  created_at: '2026-11-24T02:00:00Z',
  creator: { login: 'github-actions[bot]' },
  ...more,
})

test('a status is posted on the commit', async () => {
  const { github, asked } = answering([{ status: 201, json: {} }])
  await createStatus(github, 'abc123', {
    state: 'failure',
    context,
    description: 'no fresh backup',
    targetUrl: 'https://x/1',
  })
  expect(asked).toMatchObject([
    {
      method: 'POST',
      path: '/repos/acme/shop/statuses/abc123',
      body: { state: 'failure', context, description: 'no fresh backup', target_url: 'https://x/1' },
    },
  ])
})

test('a description is cut to what GitHub takes, without halving a character', async () => {
  const { github, asked } = answering([{ status: 201, json: {} }])
  const long = `${'x'.repeat(138)}🔒🔒🔒`
  await createStatus(github, 'abc', { state: 'pending', context, description: long })
  expect(asked[0]?.body).toEqual({ state: 'pending', context, description: `${'x'.repeat(138)}🔒…` })
})

test('the newest of the context counts, with who posted it', async () => {
  const { github, asked } = answering([{ json: [status({ context: 'ci' }), status({ state: 'error' }), status({})] }])
  expect(await latestStatus(github, 'abc', context)).toEqual({
    state: 'error',
    context,
    description: 'fine',
    targetUrl: 'https://x',
    created: new Date('2026-11-24T02:00:00Z'),
    creator: 'github-actions[bot]',
  })
  expect(asked[0]?.path).toBe('/repos/acme/shop/commits/abc/statuses?per_page=100&page=1')
})

test('it is looked for on further pages, and undefined if there is none', async () => {
  const others = Array.from({ length: 100 }, () => status({ context: 'ci' }))
  expect(
    await latestStatus(answering([{ json: others }, { json: [status({})] }]).github, 'abc', context),
  ).toMatchObject({
    state: 'success',
  })
  expect(await latestStatus(answering([{ json: others }, { json: [] }]).github, 'abc', context)).toBeUndefined()
})

test('a token that may not post is told what it lacks', async () => {
  const { github } = answering([{ status: 403, json: { message: 'Resource not accessible by integration' } }])
  await expect(createStatus(github, 'abc', { state: 'success', context, description: '' })).rejects.toMatchObject({
    code: 'github/forbidden',
    hint: expect.stringContaining('permissions: statuses: write'),
  })
})
