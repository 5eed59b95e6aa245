// Whose code a run has checked out, as payloads of GitHub's events say.
import { expect, test } from 'vitest'
import { codeOriginOf } from '../../src/main/code-origin.ts'

const shop = { id: 1, private: true, visibility: 'private' }
const other = { id: 2, private: true, visibility: 'private' }

const nameOf = (event: object) => Object.keys(event).find((key) => key !== 'repository') ?? 'push'

test.each([
  ['a push', { repository: shop }, { visibility: 'private', fork: false }],
  ['a push to a public repository', { repository: { id: 1, private: false } }, { visibility: 'public', fork: false }],
  [
    'an internal repository',
    { repository: { ...shop, visibility: 'internal' } },
    { visibility: 'internal', fork: false },
  ],
  ['a pull request of a branch', { repository: shop, pull_request: { head: { repo: shop } } }, { fork: false }],
  ['a pull request of a fork', { repository: shop, pull_request: { head: { repo: other } } }, { fork: true }],
  [
    'a pull request of a fork that is gone',
    { repository: shop, pull_request: { head: { repo: null } } },
    { fork: true },
  ],
  ['a workflow_run of a branch', { repository: shop, workflow_run: { head_repository: shop } }, { fork: false }],
  ['a workflow_run of a fork', { repository: shop, workflow_run: { head_repository: other } }, { fork: true }],
  ['a workflow_run that says nothing', { repository: shop, workflow_run: {} }, { fork: true }],
  ['heads and a repository without ids', { repository: {}, pull_request: { head: { repo: {} } } }, { fork: true }],
])('%s', (_, event, origin) => {
  const environment = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: nameOf(event), GITHUB_EVENT_PATH: '/event.json' }
  expect(codeOriginOf(environment, () => JSON.stringify(event))).toMatchObject({ inActions: true, ...origin })
})

test('a payload that cannot be read leaves the visibility unknown', () => {
  const unreadable = () => {
    throw new Error('ENOENT')
  }
  const environment = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'push', GITHUB_EVENT_PATH: '/x' }
  expect(codeOriginOf(environment, unreadable)).toEqual({ inActions: true, fork: false })
  expect(codeOriginOf({ GITHUB_ACTIONS: 'true' })).toEqual({ inActions: true })
})

test('a comment does not say whose code it is about', () => {
  const environment = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'issue_comment', GITHUB_EVENT_PATH: '/event.json' }
  const event = { repository: shop, issue: { pull_request: {} } }
  expect(codeOriginOf(environment, () => JSON.stringify(event))).toEqual({ inActions: true, visibility: 'private' })
})

test('outside GitHub Actions nothing is asked', () => {
  expect(codeOriginOf({ GITHUB_EVENT_PATH: '/event.json' })).toEqual({ inActions: false })
})
