// Checks whether an artifact store may be read and written to.
import { Failure } from '../../domain/failures/failure.ts'
import { probeArtifacts } from '../../github/artifacts.ts'
import type { GitHubContext } from '../../github/context.ts'
import { getRepository } from '../../github/repository.ts'
import type { Connection } from './connection.ts'

/**
 * Throws a failure of kind usage on GitHub Enterprise Server, because the client library cannot write its older format
 * of artifacts.
 */
export function refuseEnterpriseServer({ serverUrl }: GitHubContext): void {
  const host = URL.canParse(serverUrl) ? new URL(serverUrl).hostname.toLowerCase() : ''
  if (host === 'github.com' || host.endsWith('.ghe.com') || host.endsWith('.localhost')) return
  throw new Failure(
    'artifact/enterprise-server',
    `the store artifact: does not work on GitHub Enterprise Server (${host || serverUrl})`,
    {
      hint: 'Use a bucket (s3://bucket/prefix) or a directory (file:…) there.',
    },
  )
}

/** Throws if the token may not read artifacts. */
export async function checkReading({ github }: Connection): Promise<void> {
  await probeArtifacts(github)
}

/**
 * Throws a failure of kind usage outside a step of GitHub Actions, and a failure of kind refused in a public
 * repository: every GitHub user can download its artifacts, and payloads are not encrypted.
 */
export async function checkWriting({ github, settings, address, note }: Connection): Promise<void> {
  if (!settings.github.uploads) {
    throw new Failure(
      'artifact/not-in-actions',
      `could not write to ${address}: only a step of GitHub Actions can upload artifacts`,
      {
        hint: 'Use file:./backups or s3://bucket/prefix here. In a workflow, use the action, because `run:` steps do not get the upload token.',
      },
    )
  }
  const visibility = settings.github.visibility ?? (await getRepository(github)).visibility
  if (visibility === 'internal') note(`Everybody in the enterprise can download the artifacts of ${github.repository}.`)
  if (visibility !== 'public') return
  throw new Failure(
    'artifact/public-repository',
    `${github.repository} is public: anybody could download the backup from its artifacts`,
    {
      hint: 'Keep backups in a bucket (s3://bucket/prefix), or run the workflow in a private repository.',
    },
  )
}
