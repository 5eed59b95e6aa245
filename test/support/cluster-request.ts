// The options of a throwaway PostgreSQL server.
import type { ClientTools } from '../../src/engines/postgres/tools.ts'

export interface ClusterRequest {
  /** Tools with server binaries. */
  readonly tools: ClientTools
  /** Folder in which the cluster's folder is created. */
  readonly temporary: string
  /** Prefix of that folder's name. */
  readonly prefix: string
  /** Settings of postgresql.conf. */
  readonly settings: Readonly<Record<string, string>>
  /**
   * Folder of templates. The first cluster of a version is stored there as initdb made it. Later clusters are copied
   * from it: they share its system identifier and its password.
   */
  readonly templates?: string
  readonly signal?: AbortSignal
}
