// Uploads one file with GitHub's own client library, which reads the variables of the runner itself.
import { dirname } from 'node:path'
import { Failure } from '../../domain/failures/failure.ts'
import { withoutStdout } from './without-stdout.ts'

/** The ID of the new artifact, or `exists` if this run already has an artifact of that name. */
type Uploaded = { readonly id: number } | 'exists'

/**
 * Uploads a file unchanged, under its own name, to be kept for `days` (absent: the repository's default). The library
 * retries and cannot be stopped; if its process ends first, nothing becomes visible. `doing` continues "could not ".
 */
export async function uploadFile(path: string, days: number | undefined, doing: string): Promise<Uploaded> {
  try {
    const { DefaultArtifactClient } = await import('@actions/artifact')
    const options = { skipArchive: true, ...(days !== undefined && { retentionDays: days }) }
    // The artifact has the name of the file, because it is not archived.
    const { id } = await withoutStdout(() =>
      new DefaultArtifactClient().uploadArtifact('', [path], dirname(path), options),
    )
    if (id === undefined) throw new Error('GitHub returned no artifact ID')
    return { id }
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    if (message.includes('(409)')) return 'exists'
    throw uploadFailure(message, doing, thrown)
  }
}

function uploadFailure(message: string, doing: string, cause: unknown): Failure {
  const row = rows.find(({ when }) => when.test(message)) ?? unknown
  return new Failure(row.code, `could not ${doing}: ${row.says ?? shortened(message)}`, { hint: row.hint, cause })
}

const unknown = {
  code: 'github/unavailable',
  says: undefined,
  hint: 'The upload was tried several times. Check www.githubstatus.com, then run again.',
} as const

const rows = [
  {
    when: /quota|insufficient usage/i,
    code: 'artifact/quota-exceeded',
    says: 'the storage quota for artifacts is exceeded',
    hint: 'Remove artifacts or shorten their retention (GitHub updates the usage within 12 hours), raise the spending limit, or use a bucket (s3://…).',
  },
  {
    when: /\(40[13]\)/,
    code: 'github/bad-token',
    says: 'GitHub rejected the upload token of the job',
    hint: 'Only steps with `uses:` get this token, and it expires with the job. Use the action in the job.',
  },
  {
    when: /limit|too many artifacts/i,
    code: 'artifact/too-many',
    says: 'the job reached the limit of artifacts',
    hint: 'A job may upload 500. Split the work over several jobs, or use a bucket (s3://…).',
  },
  {
    when: /ENOTFOUND|ECONN|ETIMEDOUT|EHOSTUNREACH|NetworkError|stalled/,
    code: 'github/unavailable',
    says: 'the connection to GitHub was lost',
    hint: 'A self-hosted runner must reach *.actions.githubusercontent.com and *.blob.core.windows.net. Then run again.',
  },
] as const

/** Without query strings: signed URLs are secrets. */
function shortened(message: string): string {
  return (message.split('\n')[0] ?? '').replaceAll(/\?\S+/g, '?…').replace(/\.$/, '').slice(0, 300)
}
