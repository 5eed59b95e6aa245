// Settings of an artifact store, and how many days it keeps objects.
import { parseBackupId, type Trigger } from '../../domain/backups/backup.ts'
import type { RetryLimits } from '../../domain/failures/outage.ts'
import type { GitHubContext } from '../../github/context.ts'

export interface ArtifactSettings {
  readonly github: GitHubContext
  readonly token: string
  /** Days to keep every artifact; absent: by trigger. */
  readonly days?: number | undefined
  /** File names of the workflows whose artifacts count (`backup.yml`); empty: those of every workflow. */
  readonly workflows: readonly string[]
  /** Folder where uploads are staged. */
  readonly temporary: string
  /** Retry limits of downloads. */
  readonly limits?: Partial<RetryLimits> | undefined
}

const daysByTrigger: Readonly<Record<Trigger, number>> = { scheduled: 30, 'pre-migration': 90, manual: 90, safety: 7 }

/**
 * Days to keep the object at a key, before the limit of the repository applies; undefined: the repository's default.
 */
export function wantedDays(key: string, given: number | undefined): number | undefined {
  if (given !== undefined) return given
  const id = key
    .split('/')
    .map(parseBackupId)
    .find((each) => each !== undefined)
  return id && daysByTrigger[id.trigger]
}
