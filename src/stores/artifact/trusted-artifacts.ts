// Decides which artifacts to trust: code that runs in a pull request can upload an artifact with any name.
import type { ArtifactRun, ListedArtifact } from '../../github/artifacts.ts'
import type { GitHub } from '../../github/client.ts'
import { getRepository } from '../../github/repository.ts'
import { runFinder } from '../../github/runs.ts'
import type { ArtifactSettings } from './settings.ts'

/**
 * Events whose runs execute only merged code. Not `pull_request`, `pull_request_target`, `merge_group`, comments and
 * similar events: users without write access can cause these runs or influence their input.
 */
const trustedEvents = new Set([
  'schedule',
  'workflow_dispatch',
  'repository_dispatch',
  'workflow_run',
  'push',
  'release',
  'deployment',
])

/** Whether an artifact is trusted. */
type IsOurs = (artifact: ListedArtifact) => Promise<boolean>

/**
 * Trusts artifacts of this run, and those that a trusted event made in this repository on its default branch (or on the
 * branch of this run). If workflows are named, only artifacts of these workflows.
 */
export function createTrustFilter(github: GitHub, { github: context, workflows }: ArtifactSettings): IsOurs {
  const findRun = runFinder(github)
  let home: Promise<{ id: number; branches: ReadonlySet<string> }> | undefined

  async function askHome() {
    const { repositoryId, defaultBranch, branch } = context
    const known = repositoryId !== undefined && defaultBranch !== undefined
    const repository = known ? { id: repositoryId, defaultBranch } : await getRepository(github)
    return {
      id: repository.id,
      branches: new Set([repository.defaultBranch, ...(branch === undefined ? [] : [branch])]),
    }
  }

  async function isFromHome({ repository, headRepository, branch }: ArtifactRun): Promise<boolean> {
    home ??= askHome()
    const { id, branches } = await home.catch((error: unknown) => {
      home = undefined
      throw error
    })
    return repository === id && headRepository === id && branch !== undefined && branches.has(branch)
  }

  return async ({ run }) => {
    if (!run) return false
    if (run.id === context.runId) return true
    if (!(await isFromHome(run))) return false
    const made = await findRun(run.id)
    if (!made || made.headRepository !== run.headRepository || !trustedEvents.has(made.event)) return false
    return workflows.length === 0 || workflows.some((file) => made.path === `.github/workflows/${file}`)
  }
}
