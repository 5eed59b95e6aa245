// The ports of the gate: a repository's changes, the database that is meant, and the forge where commits and pull requests are.
import type { Asking } from '../domain/gate-trust.ts'
import type { ChangedFile } from '../domain/migrations/changed-file.ts'

/** What differs between a head and the commit at which it left its base. */
export interface Change {
  /** Full names of the commits. */
  readonly base: string
  readonly head: string
  readonly mergeBase: string
  readonly files: readonly ChangedFile[]
}

/** A repository whose content is not trusted: nothing in it is ever run. */
export interface Changes {
  /**
   * Base and head are branches, tags or commits. Throws Failure('usage') for what cannot be a name or is not there, and for a
   * shallow clone, which cannot tell.
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

/** Throws Failure('usage') for a URL that cannot be, Failure('unreachable') if nothing answers. */
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
}

/** The repository on GitHub. Every method throws Failure, after its own retries. */
export interface Forge {
  createStatus(sha: string, status: CommitStatus): Promise<void>
  /** The newest status of this context, or undefined. */
  latestStatus(sha: string, context: string): Promise<{ readonly state: string; readonly description: string } | undefined>
  /** All that are open, with the commit at their head. */
  openPullRequests(): Promise<readonly OpenPullRequest[]>
}

/** Throws Failure('usage') where it is not known which repository is meant, or no token is given. */
export type OpenForge = (settings: { readonly githubToken?: string }) => Promise<Forge>
