// How a program that is not trusted is isolated from this machine: what the user asks for, and what was used.

/** What `--isolation` takes. */
export const isolationPolicies = ['auto', 'required', 'none'] as const
export type IsolationPolicy = (typeof isolationPolicies)[number]

/** Ways in which a sandbox of ours can be made. */
export type IsolationMethod = 'root' | 'sudo' | 'user-namespace'

/** As a drill's record states it: a method of ours, `external` for a server that the user named, `none`. */
export type Isolation = IsolationMethod | 'external' | 'none'

/** What isolated a scratch server, and why nothing stronger did. */
export interface IsolationUsed {
  readonly isolation: Isolation
  /** A sentence for each method that was tried and failed. */
  readonly reasons: readonly string[]
}

const isolated: ReadonlySet<unknown> = new Set<Isolation>(['root', 'sudo', 'user-namespace', 'external'])

/** Whether the content of a backup could not reach this machine. False for anything that no record of ours states. */
export function isIsolated(isolation: unknown): boolean {
  return isolated.has(isolation)
}

/** The warning for a scratch server without a sandbox, naming what is exposed; undefined where there is one. */
export function isolationWarning({ isolation, reasons }: IsolationUsed): string | undefined {
  if (isolation !== 'none') return undefined
  const why = reasons.length === 0 ? 'as requested' : reasons.join('; ')
  return `The scratch server runs without isolation (${why}). Code in the backup can read files and environments of its user, use the network, and reach production.`
}
