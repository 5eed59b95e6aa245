// Reads the repository and the run from the variables that GitHub sets, and from the event's payload.
import { readFileSync } from 'node:fs'
import { type Visibility, visibilityOf } from './repository.ts'

/** The GitHub context from the environment; fields of a run are set only inside GitHub Actions. */
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
  /** Branch or tag of this run; absent in runs of pull requests. */
  readonly branch?: string
  /** Whether the step can upload artifacts (ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL are set). */
  readonly uploads: boolean
  /** Longest retention in days that the repository allows. */
  readonly mostDays?: number
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Returns undefined if GITHUB_REPOSITORY is not set; outside GitHub Actions, it alone is enough to read. `readEvent`
 * returns the text of the event's payload.
 */
export function gitHubContext(environment: Environment, readEvent = readFile): GitHubContext | undefined {
  const { GITHUB_REPOSITORY: repository } = environment
  if (!repository) return undefined
  const said = repositoryOf(environment.GITHUB_EVENT_PATH, readEvent)
  const repositoryId = wholeNumber(environment.GITHUB_REPOSITORY_ID) ?? numberIn(said.id)
  const runId = wholeNumber(environment.GITHUB_RUN_ID)
  const mostDays = wholeNumber(environment.GITHUB_RETENTION_DAYS)
  const branch = /^refs\/(?:heads|tags)\/(.+)$/.exec(environment.GITHUB_REF ?? '')?.[1]
  const tells = typeof said.visibility === 'string' || typeof said.private === 'boolean'
  return {
    repository,
    apiUrl: environment.GITHUB_API_URL || 'https://api.github.com',
    serverUrl: environment.GITHUB_SERVER_URL || 'https://github.com',
    uploads: Boolean(environment.ACTIONS_RUNTIME_TOKEN && environment.ACTIONS_RESULTS_URL),
    ...(repositoryId !== undefined && { repositoryId }),
    ...(tells && { visibility: visibilityOf(said) }),
    ...(typeof said.default_branch === 'string' && { defaultBranch: said.default_branch }),
    ...(runId !== undefined && { runId }),
    ...(branch !== undefined && { branch }),
    ...(mostDays !== undefined && { mostDays }),
  }
}

/** The properties of an event's `repository` that are used; each may be missing. */
interface SaidOfRepository {
  readonly id?: unknown
  readonly visibility?: string
  readonly private?: boolean
  readonly default_branch?: unknown
}

function repositoryOf(path: string | undefined, readEvent: (path: string) => string): SaidOfRepository {
  if (!path) return {}
  try {
    const event: unknown = JSON.parse(readEvent(path))
    const repository =
      typeof event === 'object' && event !== null && 'repository' in event ? event.repository : undefined
    return typeof repository === 'object' && repository !== null ? repository : {}
  } catch {
    // Without a readable payload, GitHub is asked instead.
    return {}
  }
}

function readFile(path: string): string {
  return readFileSync(path, 'utf8')
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : undefined
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
