// The options of a throwaway PostgreSQL server.
import type { ClientTools } from '../../src/engines/postgres/tools.ts'

export interface ClusterRequest {
  /** Tools with server binaries. */
  readonly tools: ClientTools
  /** Folder in which the cluster's own folder is made. */
  readonly temporary: string
  /** Prefix of that folder's name. */
  readonly prefix: string
  /** Lines of postgresql.conf. */
  readonly settings: Readonly<Record<string, string>>
  /**
   * Folder in which the first cluster of a version is kept as initdb made it, for later ones to be copied from: they
   * share its system identifier and its password.
   */
  readonly templates?: string
  readonly signal?: AbortSignal
}
