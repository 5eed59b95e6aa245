// Lists, downloads and deletes artifacts of all runs of a repository through GitHub's REST API.
import { Failure } from '../domain/failures/failure.ts'
import type { Asking, GitHub } from './client.ts'

export interface ListedArtifact {
  readonly id: number
  readonly name: string
  readonly bytes: number
  /** SHA-256 in hex, computed by the uploader; older artifacts have none. */
  readonly sha256: string | undefined
  readonly created: Date
  readonly expires: Date | undefined
  /** The run that uploaded it; undefined if the run was deleted. */
  readonly run: ArtifactRun | undefined
}

export interface ArtifactRun {
  readonly id: number
  readonly repository: number | undefined
  /** ID of the repository whose code ran; for a fork's pull request, the fork's. */
  readonly headRepository: number | undefined
  readonly branch: string | undefined
}

const perPage = 100
/** Maximum number of artifacts in a listing: 100 requests, a tenth of a GITHUB_TOKEN's hourly limit. */
export const mostListed = 10_000

/**
 * Lists artifacts that have not expired, of one name or of all, newest first. Throws a failure of kind refused if there
 * are more than `mostListed`, because an incomplete list would pass for a complete one. Needs `actions: read`.
 */
export async function listArtifacts(github: GitHub, name?: string): Promise<ListedArtifact[]> {
  let found = await listOnce(github, name)
  // If an artifact is deleted during the listing, others move to an earlier page. An incomplete list is read once more.
  if (!found.complete) found = await listOnce(github, name)
  return found.artifacts
}

async function listOnce(
  github: GitHub,
  name: string | undefined,
): Promise<{ artifacts: ListedArtifact[]; complete: boolean }> {
  const seen = new Map<number, Item>()
  for (let page = 1; ; page += 1) {
    const { data } = await github.ask(listing(github), 'actions: read', (asking) =>
      askForPage(asking, { name, per_page: perPage, page }),
    )
    if (data.total_count > mostListed) throw tooMany(github, data.total_count)
    for (const item of data.artifacts) seen.set(item.id, item)
    if (data.artifacts.length === perPage && page * perPage < mostListed) continue
    const artifacts = [...seen.values()].filter(({ expired }) => !expired).map(fromItem)
    return { artifacts: artifacts.sort((a, b) => b.id - a.id), complete: seen.size >= data.total_count }
  }
}

/** Throws if the token may not list artifacts; requests the smallest listing. Needs `actions: read`. */
export async function probeArtifacts(github: GitHub): Promise<void> {
  await github.ask(listing(github), 'actions: read', (asking) =>
    askForPage(asking, { name: undefined, per_page: 1, page: 1 }),
  )
}

/** Deletes an artifact; does nothing if it is gone already. Needs `actions: write`. */
export async function deleteArtifact(github: GitHub, id: number, name: string): Promise<void> {
  await github.find(`delete the artifact ${name}`, 'actions: write', ({ request, at, signal }) =>
    request('DELETE /repos/{owner}/{repo}/actions/artifacts/{artifact_id}', {
      ...at,
      artifact_id: id,
      request: { signal },
    }),
  )
}

/**
 * Returns a URL from which the artifact can be downloaded for about a minute, without the token; undefined if it is
 * gone. The URL is a secret. Needs `actions: read`.
 */
export async function artifactUrl(
  github: GitHub,
  id: number,
  name: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const doing = `download the artifact ${name}`
  const answer = await github.find(
    doing,
    'actions: read',
    (asking) =>
      // `zip` is valid for every artifact: one that was not archived is downloaded as it was uploaded.
      asking.request('GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}', {
        ...asking.at,
        artifact_id: id,
        archive_format: 'zip',
        request: { signal: asking.signal, redirect: 'manual' },
      }),
    { signal },
  )
  if (!answer) return undefined
  // The redirect is not followed, so that only GitHub receives the token.
  const { location } = answer.headers
  if (location !== undefined) return location
  throw new Failure('github/unavailable', `could not ${doing}: GitHub returned no download URL`, {
    hint: 'Try again later.',
  })
}

function listing({ repository }: GitHub): string {
  return `list the artifacts of ${repository}`
}

interface Page {
  readonly name: string | undefined
  readonly per_page: number
  readonly page: number
}

function askForPage({ request, at, signal }: Asking, { name, ...page }: Page) {
  const named = name === undefined ? {} : { name }
  return request('GET /repos/{owner}/{repo}/actions/artifacts', { ...at, ...named, ...page, request: { signal } })
}

type Item = Awaited<ReturnType<typeof askForPage>>['data']['artifacts'][number]

function fromItem({ id, name, size_in_bytes, digest, created_at, expires_at, workflow_run }: Item): ListedArtifact {
  return {
    id,
    name,
    bytes: size_in_bytes,
    sha256: /^sha256:([0-9a-f]{64})$/.exec(digest ?? '')?.[1],
    created: new Date(created_at ?? 0),
    expires: expires_at ? new Date(expires_at) : undefined,
    run: workflow_run?.id === undefined ? undefined : runOf(workflow_run.id, workflow_run),
  }
}

function runOf(id: number, run: NonNullable<Item['workflow_run']>): ArtifactRun {
  return {
    id,
    repository: run.repository_id,
    headRepository: run.head_repository_id,
    branch: run.head_branch ?? undefined,
  }
}

function tooMany({ repository }: GitHub, count: number): Failure {
  return new Failure('artifact/too-many', `${repository} has ${count} artifacts, more than GitHub lists`, {
    hint: `At most ${mostListed} are listed. Shorten the retention of other artifacts, or keep backups in a bucket (s3://…).`,
  })
}
