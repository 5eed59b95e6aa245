// Fakes of the remote actions that our workflows use.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from './git.ts'
import type { ActionCall, FakeAction } from './world.ts'

/**
 * actions/checkout: checks out the commit of the run, or `ref`, of the run's repository or of one in `others` (by
 * name), into the workspace or `path` below it. Depth is 1 by default; the token is stored in .git/config unless
 * `persist-credentials` is false. https://github.com/actions/checkout/blob/main/action.yml
 */
export function checkout(others: Readonly<Record<string, string>> = {}): FakeAction {
  return async (call) => {
    rejectUnknown(call, [
      'repository',
      'ref',
      'token',
      'path',
      'fetch-depth',
      'fetch-tags',
      'persist-credentials',
      'clean',
      'show-progress',
      'allow-unsafe-pr-checkout',
    ])
    if (call.with['allow-unsafe-pr-checkout'] !== 'true') await refuseForkCode(call)
    const wanted = call.with.repository ?? call.runRepository.fullName
    const source = wanted === call.runRepository.fullName ? call.runRepository.folder : others[wanted]
    if (source === undefined) throw new Error(`checkout: the repository ${wanted} is not known`)
    const folder = join(call.workspace, call.with.path ?? '.')
    const own = wanted === call.runRepository.fullName
    const ref = call.with.ref || (own ? call.env.GITHUB_SHA : 'HEAD') || 'HEAD'
    await fetch(source, folder, ref, Number(call.with['fetch-depth'] ?? 1))
    const sha = await git(folder, 'rev-parse', 'HEAD')
    if (call.with['persist-credentials'] !== 'false') await persist(folder, call)
    call.log(`HEAD is now at ${sha}`)
    return { ref, commit: sha }
  }
}

/**
 * Since v7 (and v6.1, v5.1), fork code is refused in runs with secrets: https://github.com/actions/checkout/pull/2454
 */
async function refuseForkCode({ env, with: given }: ActionCall): Promise<void> {
  if (env.GITHUB_EVENT_NAME !== 'workflow_run' || env.GITHUB_EVENT_PATH === undefined) return
  const { workflow_run: run, repository } = JSON.parse(await readFile(env.GITHUB_EVENT_PATH, 'utf8'))
  if (run.head_repository.full_name === repository.full_name || given.ref !== run.head_sha) return
  throw new Error("Refusing to check out fork pull request code from a 'workflow_run' workflow")
}

async function fetch(source: string, folder: string, ref: string, depth: number): Promise<void> {
  const sha = await git(source, 'rev-parse', '--verify', `${ref}^{commit}`).catch(() => undefined)
  if (sha === undefined) throw new Error(`checkout: a branch or tag with the name '${ref}' could not be found`)
  await mkdir(folder, { recursive: true })
  await git(folder, 'init', '--quiet')
  await git(folder, 'remote', 'add', 'origin', `file://${source}`)
  // Depth 0 fetches all branches and tags.
  const specs = depth === 0 ? ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'] : []
  await git(
    folder,
    'fetch',
    '--quiet',
    '--no-tags',
    ...(depth === 0 ? [] : [`--depth=${depth}`]),
    'origin',
    sha,
    ...specs,
  )
  const branch = ref.match(/^(?:refs\/heads\/)?(.+)$/)?.[1] ?? ref
  const isBranch = await git(source, 'rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).catch(() => '')
  if (isBranch === sha) await git(folder, 'checkout', '--quiet', '--force', '-B', branch, sha)
  else await git(folder, 'checkout', '--quiet', '--force', '--detach', sha)
}

async function persist(folder: string, call: ActionCall): Promise<void> {
  const token = call.with.token ?? call.token
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  call.mask(basic)
  await git(folder, 'config', '--local', 'http.https://github.com/.extraheader', `AUTHORIZATION: basic ${basic}`)
  call.post(async () => {
    await git(folder, 'config', '--local', '--unset-all', 'http.https://github.com/.extraheader').catch(() => '')
  })
}

/** actions/setup-node: the machine's own node is used. */
export const setupNode: FakeAction = async (call) => {
  const accepted = [
    'node-version',
    'node-version-file',
    'cache',
    'check-latest',
    'package-manager-cache',
    'registry-url',
  ]
  rejectUnknown(call, accepted)
  call.log(`node ${process.version}`)
  return { 'node-version': process.version, 'cache-hit': 'false' }
}

function rejectUnknown(call: ActionCall, known: readonly string[]): void {
  const unknown = Object.keys(call.with).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`Unexpected input '${unknown}': the fake knows ${known.join(', ')}`)
}
