// Ports of the gate: the changes of a git repository, the database to migrate, and the forge with commits and pull
// requests.
import type { PullRequestTrust } from '../domain/gate/gate-trust.ts'
import type { ChangedFile } from '../domain/migrations/changed-file.ts'

/**
 * A change of a repository as git reports it, with all files. `findMigrations` finds the migrations among them: none,
 * or those of one or several tools. Commits are full IDs, SHA-1 or SHA-256 (hex).
 */
export interface Change {
  /** The commit that the change is to be merged into. */
  readonly base: string
  /** The last commit of the change. */
  readonly head: string
  /** The last common ancestor of base and head. */
  readonly mergeBase: string
  /**
   * The differences between `mergeBase` and `head`, and as `added` all other files that `head` has and `base` lacks,
   * because a rebase would add them. Each path once; empty if nothing differs.
   */
  readonly files: readonly ChangedFile[]
}

/** A git repository. Its content is not trusted and never executed. */
export interface Changes {
  /**
   * Base and head are branches, tags or commits. Throws a failure of kind usage for an invalid or unknown name, and for
   * a shallow clone, whose merge base is not known.
   */
  between(base: string, head: string): Promise<Change>
}

export type OpenChanges = (directory: string, settings: { readonly signal: AbortSignal }) => Promise<Changes>

/** Identifies the database of a URL. */
export interface DatabaseIdentity {
  /** `shop on db.example.com:5432`, no secret. */
  readonly display: string
  readonly database: string
  /** Undefined if the role may not read it. */
  readonly systemIdentifier?: string
}

/**
 * Reads only. Throws a failure of kind usage for an invalid URL, a failure of kind unreachable if no server answers.
 */
export type IdentifyDatabase = (url: string) => Promise<DatabaseIdentity>

export interface CommitStatus {
  readonly state: 'success' | 'failure' | 'pending' | 'error'
  readonly context: string
  /** At most 140 characters. */
  readonly description: string
  readonly targetUrl?: string
}

export interface OpenPullRequest extends PullRequestTrust {
  readonly number: number
  /** The head commit. */
  readonly headSha: string
  /** The target branch, and a commit of that branch. */
  readonly base: { readonly ref: string; readonly sha: string }
  /** Time of the last change of the pull request; if absent, the current time counts. */
  readonly updated?: Date
}

/** The repository on GitHub. Every method retries, then throws Failure. */
export interface Forge {
  createStatus(sha: string, status: CommitStatus): Promise<void>
  /** The newest status of this context, or undefined. */
  latestStatus(
    sha: string,
    context: string,
  ): Promise<{ readonly state: string; readonly description: string } | undefined>
  /** All open pull requests. */
  openPullRequests(): Promise<readonly OpenPullRequest[]>
}

/** Throws a failure of kind usage if the repository is not known or no token is given. */
export type OpenForge = (settings: { readonly githubToken?: string }) => Promise<Forge>
