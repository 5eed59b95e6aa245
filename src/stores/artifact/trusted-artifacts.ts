// Which artifacts are ours: anybody whose code runs in a pull request can upload one of any name.
import type { ArtifactRun, ListedArtifact } from '../../github/artifacts.ts'
import type { GitHub } from '../../github/client.ts'
import { getRepository } from '../../github/repository.ts'
import { runFinder } from '../../github/runs.ts'
import type { ArtifactSettings } from './settings.ts'

/**
 * Events whose runs execute what was merged: `pull_request`, `pull_request_target`, `merge_group`, comments and the
 * like run for, or with input of, people who may not write here.
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

/** Whether an artifact may be taken for one of ours. */
type IsOurs = (artifact: ListedArtifact) => Promise<boolean>

/**
 * Ours is what this very run made, and what a trusted event made in this repository on its default branch (or on the
 * branch that we run on), by one of the workflows where they are named.
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
