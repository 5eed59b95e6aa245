// Isolation of untrusted programs from this machine: the requested policy, and the method that was used.

/** Values of `--isolation`. */
export const isolationPolicies = ['auto', 'required', 'none'] as const
export type IsolationPolicy = (typeof isolationPolicies)[number]

/** Methods that make a sandbox. */
export type IsolationMethod = 'root' | 'sudo' | 'user-namespace'

/** Value in a drill record: a method, `external` for a server named by the user, or `none`. */
export type Isolation = IsolationMethod | 'external' | 'none'

/** How a scratch server was isolated, and why stronger methods failed. */
export interface IsolationUsed {
  readonly isolation: Isolation
  /** A sentence for each method that was tried and failed. */
  readonly reasons: readonly string[]
}

const isolated: ReadonlySet<unknown> = new Set<Isolation>(['root', 'sudo', 'user-namespace', 'external'])

/** Whether the value means isolation from this machine. False for unknown values. */
export function isIsolated(isolation: unknown): boolean {
  return isolated.has(isolation)
}

/** The warning for a scratch server without isolation, which names what is exposed; undefined with isolation. */
export function isolationWarning({ isolation, reasons }: IsolationUsed): string | undefined {
  if (isolation !== 'none') return undefined
  const why = reasons.length === 0 ? 'as requested' : reasons.join('; ')
  return `The scratch server runs without isolation (${why}). Code in the backup can read the files and environment variables of the server's user, and can connect to production over the network.`
}
