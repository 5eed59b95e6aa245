// The origin of a run, from the variables that GitHub sets.
import type { Origin } from '../domain/manifest/manifest.ts'

/** Empty outside GitHub. */
export function originOf(environment: Readonly<Record<string, string | undefined>>): Origin {
  const { GITHUB_REPOSITORY: repository, GITHUB_SHA: sha, GITHUB_REF: ref } = environment
  const { GITHUB_SERVER_URL: server, GITHUB_RUN_ID: run } = environment
  const pullRequest = /^refs\/pull\/(\d+)\//.exec(ref ?? '')?.[1]
  return {
    ...(repository ? { repository } : {}),
    ...(sha ? { sha } : {}),
    ...(ref ? { ref } : {}),
    ...(server && repository && run ? { runUrl: `${server}/${repository}/actions/runs/${run}` } : {}),
    ...(pullRequest ? { pullRequest } : {}),
  }
}
