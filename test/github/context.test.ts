// What the runner says of the repository and the run.
import { expect, test } from 'vitest'
import { gitHubContext } from '../../src/github/context.ts'

const event = (repository: object) => () => JSON.stringify({ repository })
const run = {
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_REPOSITORY_ID: '77',
  GITHUB_API_URL: 'https://api.acme.ghe.com',
  GITHUB_SERVER_URL: 'https://acme.ghe.com',
  GITHUB_RUN_ID: '42',
  GITHUB_REF: 'refs/heads/release/2.0',
  GITHUB_RETENTION_DAYS: '90',
  GITHUB_EVENT_PATH: '/event.json',
  ACTIONS_RUNTIME_TOKEN: 'secret',
  ACTIONS_RESULTS_URL: 'https://results.example',
}

test('a step of an action knows repository, run, branch, visibility, and that it may upload', () => {
  expect(gitHubContext(run, event({ id: 1, visibility: 'internal', private: true, default_branch: 'main' }))).toEqual({
    repository: 'acme/shop',
    apiUrl: 'https://api.acme.ghe.com',
    serverUrl: 'https://acme.ghe.com',
    repositoryId: 77,
    visibility: 'internal',
    defaultBranch: 'main',
    runId: 42,
    branch: 'release/2.0',
    uploads: true,
    mostDays: 90,
  })
})

test('a run: step is not given what uploads take', () => {
  expect(gitHubContext({ ...run, ACTIONS_RUNTIME_TOKEN: '' }, event({}))).toMatchObject({ uploads: false })
})

test('a terminal knows the repository and nothing of a run', () => {
  expect(gitHubContext({ GITHUB_REPOSITORY: 'acme/shop' })).toEqual({
    repository: 'acme/shop',
    apiUrl: 'https://api.github.com',
    serverUrl: 'https://github.com',
    uploads: false,
  })
  expect(gitHubContext({})).toBeUndefined()
  expect(gitHubContext({ GITHUB_REPOSITORY: '' })).toBeUndefined()
})

test.each([
  [{ visibility: 'public', private: false }, 'public'],
  [{ visibility: 'private', private: true }, 'private'],
  [{ private: true }, 'private'],
  [{ private: false }, 'public'],
  [{ visibility: 'something new' }, 'public'],
  [{}, undefined],
])('a payload that says %j means %s', (repository, visibility) => {
  expect(gitHubContext(run, event(repository))?.visibility).toBe(visibility)
})

test.each([
  ['refs/tags/v1', 'v1'],
  ['refs/pull/17/merge', undefined],
  ['', undefined],
])('the ref %s is the branch %s', (ref, branch) => {
  expect(gitHubContext({ ...run, GITHUB_REF: ref }, event({}))?.branch).toBe(branch)
})

test.each(['not json', '[]', 'null', '{"repository": 1}'])(
  'a payload of %s says nothing, and so GitHub is asked',
  (text) => {
    const context = gitHubContext(run, () => text)
    expect(context).toMatchObject({ repositoryId: 77 })
    expect(context?.visibility).toBeUndefined()
  },
)

test('a payload that cannot be read says nothing', () => {
  expect(gitHubContext({ ...run, GITHUB_EVENT_PATH: '/no/such/file' })?.defaultBranch).toBeUndefined()
})
