// The ports of the gate: a repository's changes, the chosen database, and the forge where commits and pull
// requests are.
import type { Asking } from '../domain/gate/gate-trust.ts'
import type { ChangedFile } from '../domain/migrations/changed-file.ts'

/**
 * A change to a repository as git tells it, whatever its files are. Which of them are migrations is for
 * `findMigrations` to say: there may be none, or those of several tools at once. Commits are full names, SHA-1 or
 * SHA-256 in hexadecimal digits.
 */
export interface Change {
  /** The commit that the change is to be merged into. */
  readonly base: string
  /** The commit that the change ends with. */
  readonly head: string
  /** Their last common ancestor, at which the change left the base. */
  readonly mergeBase: string
  /**
   * Whatever differs between `mergeBase` and `head`, and besides what `head` has and `base` lacks, as `added`: a rebase
   * would bring it. Each path once; empty where nothing differs.
   */
  readonly files: readonly ChangedFile[]
}

/** A repository whose content is not trusted: nothing in it is ever run. */
export interface Changes {
  /**
   * Base and head are branches, tags or commits. Throws a failure of kind usage for an invalid or unknown name, and
   * for a shallow clone, which cannot tell.
   */
  between(base: string, head: string): Promise<Change>
}

export type OpenChanges = (directory: string, settings: { readonly signal: AbortSignal }) => Promise<Changes>

/** Which database a URL leads to. Reads only. */
export interface DatabaseIdentity {
  /** `shop on db.example.com:5432`, no secret. */
  readonly display: string
  readonly database: string
  /** Undefined where the role may not read it. */
  readonly systemIdentifier?: string
}

/** Throws a failure of kind usage for an invalid URL, a failure of kind unreachable if nothing answers. */
export type IdentifyDatabase = (url: string) => Promise<DatabaseIdentity>

export interface CommitStatus {
  readonly state: 'success' | 'failure' | 'pending' | 'error'
  readonly context: string
  /** At most 140 signs. */
  readonly description: string
  readonly targetUrl?: string
}

export interface OpenPullRequest extends Asking {
  readonly number: number
  /** The commit that it ends with. */
  readonly headSha: string
  /** The branch that it goes to, and a commit of that branch. */
  readonly base: { readonly ref: string; readonly sha: string }
  /** When anything about it last changed; absent where that is not known, which counts as now. */
  readonly updated?: Date
}

/** The repository on GitHub. Every method throws Failure, after its own retries. */
export interface Forge {
  createStatus(sha: string, status: CommitStatus): Promise<void>
  /** The newest status of this context, or undefined. */
  latestStatus(
    sha: string,
    context: string,
  ): Promise<{ readonly state: string; readonly description: string } | undefined>
  /** All that are open, with the commit at their head. */
  openPullRequests(): Promise<readonly OpenPullRequest[]>
}

/** Throws a failure of kind usage where it is not known which repository is meant, or no token is given. */
export type OpenForge = (settings: { readonly githubToken?: string }) => Promise<Forge>
