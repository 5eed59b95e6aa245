// What an artifact store has to know of GitHub and of the run it is part of, and how long it keeps things.
import { parseBackupId, type Trigger } from '../../domain/backup.ts'
import type { Visibility } from '../../github/repository.ts'
import type { Clock } from '../../operations/ports.ts'

/** GitHub as the process finds it; of a run only inside GitHub Actions. */
export interface GitHubContext {
  /** `owner/name`. */
  readonly repository: string
  /** `https://api.github.com`. */
  readonly apiUrl: string
  /** `https://github.com`. */
  readonly serverUrl: string
  readonly repositoryId?: number
  readonly visibility?: Visibility
  readonly defaultBranch?: string
  readonly runId?: number
  /** Branch or tag of this run; absent where a run is of a pull request. */
  readonly branch?: string
  /** Whether the step was given what uploading takes (ACTIONS_RUNTIME_TOKEN, ACTIONS_RESULTS_URL). */
  readonly uploads: boolean
  /** Longest retention in days that the repository allows. */
  readonly mostDays?: number
}

export interface ArtifactSettings {
  readonly github: GitHubContext
  readonly token: string
  /** Days to keep every artifact; absent: by trigger. */
  readonly days?: number | undefined
  /** File names of the workflows whose artifacts count (`backup.yml`); empty: those of every workflow. */
  readonly workflows: readonly string[]
  /** Where uploads are staged. */
  readonly temporary: string
}

/** What the store needs of the world. */
export interface ArtifactWorld {
  readonly clock: Clock
  /** Told about waits and shortened retention, in whole sentences. */
  readonly note?: (sentence: string) => void
}

const daysByTrigger: Readonly<Record<Trigger, number>> = { scheduled: 30, 'pre-migration': 90, manual: 90, safety: 7 }

/** Days to keep the object at a key, before what the repository allows; undefined: the repository's own default. */
export function wantedDays(key: string, given: number | undefined): number | undefined {
  if (given !== undefined) return given
  const id = key
    .split('/')
    .map(parseBackupId)
    .find((each) => each !== undefined)
  return id && daysByTrigger[id.trigger]
}
