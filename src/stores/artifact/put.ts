// Uploads one staged file as an artifact, and checks what GitHub lists.
import { Failure } from '../../domain/failures/failure.ts'
import { formatBytes } from '../../domain/text/quantities.ts'
import { deleteArtifact, type ListedArtifact } from '../../github/artifacts.ts'
import type { Connection } from './connection.ts'
import { artifactName } from './names.ts'
import { wantedDays } from './settings.ts'
import type { StagedFile } from './staged-file.ts'
import { uploadFile } from './upload.ts'

/** The artifact as GitHub lists it, with all others of its key; or `exists` if this run already had one. */
type Put = { readonly artifact: ListedArtifact; readonly versions: readonly ListedArtifact[] } | 'exists'

/**
 * Uploads a closed staged file for a key and waits until GitHub lists it. Throws a failure of kind integrity if GitHub
 * lists another size or digest than ours; the artifact is deleted then.
 */
export async function putFile(connection: Connection, key: string, file: StagedFile, sha256: string): Promise<Put> {
  const doing = `write ${connection.address}/${key}`
  const uploaded = await uploadFile(file.path, daysFor(connection, key), doing)
  if (uploaded === 'exists') return 'exists'
  const { id } = uploaded
  const { artifact, versions } = await untilListed(connection, key, id, doing)
  const wrong = difference(artifact, file.bytes, sha256)
  if (wrong === undefined) return { artifact, versions }
  await deleteArtifact(connection.github, id, artifact.name).catch(() => undefined)
  throw new Failure('store/upload-mismatch', `could not ${doing}: GitHub lists ${wrong}`, {
    hint: 'The upload was discarded. Run again.',
  })
}

/**
 * The client library reports this digest to GitHub, so a match proves nothing; the stored bytes are read back for
 * proof.
 */
function difference({ bytes, sha256: listed }: ListedArtifact, expected: number, sha256: string): string | undefined {
  if (bytes !== expected) return `${formatBytes(bytes)} instead of ${formatBytes(expected)}`
  return listed === undefined || listed === sha256 ? undefined : 'a different SHA-256'
}

/** Seconds between requests: a new artifact may not be listed at once. */
const waits = [0.5, 1, 2, 4, 8, 15]

async function untilListed(connection: Connection, key: string, id: number, doing: string) {
  for (const wait of [...waits, undefined]) {
    const versions = await connection.versions(key)
    const artifact = versions.find((each) => each.id === id)
    if (artifact) return { artifact, versions }
    if (wait !== undefined) await connection.clock.sleep(wait)
  }
  throw new Failure(
    'artifact/not-listed',
    `could not ${doing}: it was uploaded, but GitHub does not list artifact ${id} of ${artifactName(key)}`,
    {
      hint: 'Check www.githubstatus.com, the token and GITHUB_RUN_ID, then run again.',
    },
  )
}

function daysFor({ settings, note }: Connection, key: string): number | undefined {
  const wanted = wantedDays(key, settings.days)
  const { mostDays } = settings.github
  if (wanted === undefined || mostDays === undefined || wanted <= mostDays) return wanted
  note(`GitHub keeps ${key} for ${mostDays} days instead of ${wanted}, the limit of the repository.`)
  return mostDays
}
