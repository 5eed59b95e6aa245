// For whom a backup is made: what it costs, and what reading production takes, is not anybody's to spend.

/** An open pull request, as far as trust goes. */
export interface Asking {
  readonly fromFork: boolean
  readonly labels: readonly string[]
  /** Login of who opened it, if that account is still there. */
  readonly user: string | undefined
}

/**
 * Whether a backup may be made for a commit that these pull requests end with: one is the repository's own and by
 * people, or bears the label that a maintainer gives. A commit that no open pull request ends with has nobody who asks.
 */
export function mayBackUpFor(pullRequests: readonly Asking[], label: string): boolean {
  return pullRequests.some((each) => isOwn(each) || each.labels.includes(label))
}

function isOwn({ fromFork, user }: Asking): boolean {
  return !fromFork && user !== undefined && user !== 'dependabot[bot]'
}
