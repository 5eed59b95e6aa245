// GitHub as the gate's forge: the repository that the environment names, with the given token.
import { Failure } from '../domain/failures/failure.ts'
import { openGitHub } from '../github/client.ts'
import { gitHubContext } from '../github/context.ts'
import { openPullRequests } from '../github/pulls.ts'
import { createStatus, latestStatus } from '../github/statuses.ts'
import type { Reporter } from '../ports/common.ts'
import type { Forge } from '../ports/gate.ts'
import { systemClock } from './clock.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Throws a failure of kind usage without a repository or a token. Sends no request. */
export function openForge(
  token: string | undefined,
  environment: Environment,
  { reporter, signal }: { readonly reporter: Reporter; readonly signal: AbortSignal },
): Forge {
  const context = gitHubContext(environment)
  if (!context) {
    throw new Failure('github/no-repository', 'the repository for the status is unknown', {
      hint: 'Set GITHUB_REPOSITORY to owner/name; GitHub Actions sets it.',
    })
  }
  if (token === undefined) {
    throw new Failure('github/no-token', '--github-token is missing: a commit status needs a token', {
      hint: 'Give --github-token (GITHUB_TOKEN) with permissions: statuses: write.',
    })
  }
  const { apiUrl, repository } = context
  const github = openGitHub({
    apiUrl,
    repository,
    token,
    clock: systemClock,
    signal,
    note: (sentence) => reporter.note(sentence),
  })
  return {
    createStatus: (sha, status) => createStatus(github, sha, status),
    latestStatus: (sha, name) => latestStatus(github, sha, name),
    openPullRequests: async () => {
      const open = await openPullRequests(github)
      return open.map(({ number, head, base, fromFork, labels, user, updated }) => ({
        number,
        headSha: head.sha,
        base: { ref: base.ref, sha: base.sha },
        fromFork,
        labels,
        user,
        updated,
      }))
    },
  }
}
