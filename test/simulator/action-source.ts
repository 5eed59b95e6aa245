// Finds the action that `uses:` of a step names: in the checkout, in the workflow's repository, or a substitute for a
// remote action.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Origin, StepFrame } from './step-frame.ts'
import type { Token } from './tokens.ts'
import { parseActionFile } from './workflow-file.ts'
import type { FakeAction } from './world.ts'

export type Action =
  | { readonly kind: 'fake'; readonly fake: FakeAction; readonly subpath: string; readonly ref: string }
  | {
      readonly kind: 'folder'
      readonly folder: string
      readonly definition: Token
      /** Whether it is available before the job's first step; false for a checkout. */
      readonly downloaded: boolean
      /** What `$/` in a composite action refers to. */
      readonly origin: Origin | undefined
      readonly ref: string
      readonly repository: string
    }

async function inFolder(
  folder: string,
  about: Omit<Extract<Action, { kind: 'folder' }>, 'kind' | 'folder' | 'definition'>,
  hint: string,
) {
  const path = ['action.yml', 'action.yaml'].map((name) => join(folder, name)).find((file) => existsSync(file))
  if (path === undefined)
    throw new Error(`Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '${folder}'.${hint}`)
  return { kind: 'folder', folder, definition: parseActionFile(await readFile(path, 'utf8'), path), ...about } as const
}

/** Whether the runner downloads the action before the first step, so that its `pre` can run. */
export function isDownloaded(uses: string): boolean {
  return !uses.startsWith('./')
}

/**
 * `./x`: the checkout in GITHUB_WORKSPACE. `$/x`: the repository of the workflow or action that contains it, at its
 * commit (https://github.blog/changelog/2026-07-30-reference-same-repository-actions-with-self-repository-syntax/).
 * Otherwise: owner/name/path@ref.
 */
export async function findAction(uses: string, frame: StepFrame): Promise<Action> {
  const { job } = frame
  if (uses.startsWith('docker://')) throw new Error(`uses: ${uses}: containers are not supported by the simulator`)
  if (uses.startsWith('./')) {
    const about = { downloaded: false, origin: frame.origin, ref: '', repository: '' }
    const hint = ' Did you forget to run actions/checkout before running your local action?'
    return inFolder(join(job.folders.workspace, uses), about, hint)
  }
  if (uses.startsWith('$/')) {
    if (frame.origin === undefined) throw new Error(`uses: ${uses}: its own repository is not known here`)
    const root = await job.world.exported(frame.origin.repository, frame.origin.sha)
    const about = {
      downloaded: true,
      origin: frame.origin,
      ref: frame.origin.sha,
      repository: frame.origin.repository.fullName,
    }
    return inFolder(join(root, uses.slice(2)), about, '')
  }
  const [, owner, name, subpath = '', ref = ''] = uses.match(/^([^/@]+)\/([^/@]+)(?:\/([^@]+))?@(.+)$/) ?? []
  if (owner === undefined || name === undefined)
    throw new Error(`uses: ${uses}: expected {org}/{repo}[/path]@ref, ./path or $/path`)
  const known = job.world.options.actions ?? {}
  const stand = known[`${owner}/${name}/${subpath}`] ?? known[`${owner}/${name}`]
  if (stand === undefined)
    throw new Error(`uses: ${uses}: nothing stands in for this action in the simulator's 'actions'`)
  if (typeof stand === 'function') return { kind: 'fake', fake: stand, subpath, ref }
  const folder = known[`${owner}/${name}/${subpath}`] === undefined ? join(stand.folder, subpath) : stand.folder
  return inFolder(folder, { downloaded: true, origin: undefined, ref, repository: `${owner}/${name}` }, '')
}
