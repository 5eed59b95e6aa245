// A command that rounds kill, and the words that name stores and servers.
import type { RedisChange } from '../checks/redis.ts'
import type { Workspace } from '../workspace.ts'

export interface SoakCommand {
  readonly name: string
  readonly weight: number
  words(workspace: Workspace): readonly string[]
  /** Uses the bucket, alone or with the directory. */
  readonly bucket?: boolean
  /** Changes the live database: after a kill, it must be in its state from before or after the command. */
  readonly changesDatabase?: boolean
  readonly changesRedis?: RedisChange
  /** Exit code of a complete run; default 0. */
  readonly code?: number
  /** Exit code of the same command again, where it was complete already. */
  readonly codeIfRepeated?: number
  /** Runs first if the same command again is refused with this failure code. */
  readonly remedy?: { readonly code: string; words(command: readonly string[]): readonly string[] }
  /** Removes backups. */
  readonly prunes?: boolean
  /** Must fail, and its output must not report success. */
  readonly mustFail?: boolean
  readonly variables?: (workspace: Workspace) => Readonly<Record<string, string>>
  /** Runs after the stores and databases of the round were prepared. */
  prepare?(workspace: Workspace): Promise<void>
  /** Removes a complete result that the same command would not overwrite. */
  clear?(workspace: Workspace): Promise<void>
}

export const directory = ({ store }: Workspace) => ['--store', `file:${store}`]
export const bucket = ({ environment, prefix }: Workspace) => [
  '--store',
  `s3://${environment.bucket}/${prefix.slice(0, -1)}`,
]
export const both = (workspace: Workspace) => [...directory(workspace), ...bucket(workspace)]
export const redisServer = ({ environment: { redis } }: Workspace) => `${redis.host}:${redis.port}`
export const large = ({ environment }: Workspace) => ({ DATABASE_URL: environment.server.url('large') })
