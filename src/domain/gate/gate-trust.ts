// Decides for which pull requests a backup may be made: it uses resources and reads production.

/** The facts about an open pull request that this decision needs. */
export interface PullRequestTrust {
  readonly fromFork: boolean
  readonly labels: readonly string[]
  /** Login of its author, if that account still exists. */
  readonly user: string | undefined
}

/**
 * Whether a backup may be made for a commit that is the head of these pull requests. One of them must be from the
 * repository itself and by a person, or have the label that a maintainer sets. False if there are none.
 */
export function mayBackUpFor(pullRequests: readonly PullRequestTrust[], label: string): boolean {
  return pullRequests.some((each) => isOwn(each) || each.labels.includes(label))
}

function isOwn({ fromFork, user }: PullRequestTrust): boolean {
  return !fromFork && user !== undefined && user !== 'dependabot[bot]'
}
