// Where a run came from, as GitHub's variables say.
import { expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { originOf } from '../../src/main/origin.ts'
import { version } from '../../src/main/version.ts'

test('a run on GitHub names repository, commit, ref, run and pull request', () => {
  const environment = {
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_SHA: 'abc',
    GITHUB_REF: 'refs/pull/17/merge',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_RUN_ID: '42',
  }
  expect(originOf(environment)).toEqual({
    repository: 'acme/shop',
    sha: 'abc',
    ref: 'refs/pull/17/merge',
    runUrl: 'https://github.com/acme/shop/actions/runs/42',
    pullRequest: '17',
  })
})

test('a run elsewhere has no origin', () => {
  expect(originOf({ GITHUB_REF: '' })).toEqual({})
})

test('the version is that of the package', () => {
  expect(version).toBe(packageJson.version)
})
