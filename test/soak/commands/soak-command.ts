// A command that rounds kill, and arguments that name stores and servers.
import type { RedisChange } from '../checks/redis.ts'
import type { Workspace } from '../workspace.ts'

export interface SoakCommand {
  readonly name: string
  readonly weight: number
  words(workspace: Workspace): readonly string[]
  /** Whether it uses the bucket, alone or with the directory. */
  readonly bucket?: boolean
  /** Whether it changes the live database: after a kill, that must be in its state from before or after the command. */
  readonly changesDatabase?: boolean
  readonly changesRedis?: RedisChange
  /** Exit code of a complete run; default 0. */
  readonly code?: number
  /** Exit code of the same command again, if it was already complete. */
  readonly codeIfRepeated?: number
  /** Runs first if the same command again is refused with this failure code. */
  readonly remedy?: { readonly code: string; words(command: readonly string[]): readonly string[] }
  /** Whether it removes backups. */
  readonly prunes?: boolean
  /** Whether it must fail; its output must then not report success. */
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
