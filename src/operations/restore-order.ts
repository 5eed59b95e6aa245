// What a restore of a database is asked to do.
import type { TableName } from '../domain/table-name.ts'
import type { Around } from './around.ts'
import type { Found } from './find-backup.ts'
import type { LiveServer, RestoreRequest } from './platform-ports.ts'

export interface RestoreOrder {
  readonly server: LiveServer
  /** The store that the backup is taken from. */
  readonly found: Found
  readonly strategy: RestoreRequest['strategy']
  readonly chosenById: boolean
  /** Code of the backup may run with the rights of a superuser. */
  readonly codeAsSuperuser: boolean
  readonly onError: RestoreRequest['onError']
  readonly targetDatabase: string | undefined
  readonly targetSchema: string | undefined
  readonly tables: readonly TableName[]
  readonly schemas: readonly string[]
  readonly jobs: number
  /** What the user typed; must be the live database's name where that is touched. */
  readonly confirm: string | undefined
  readonly dryRun: boolean
  readonly around: Around
  /** More to bring back once the data is in its place, before the commands afterwards: Redis of the same recovery point. */
  readonly also?: () => Promise<void>
  /** Makes a backup of what is there now and gives its id; undefined: go on without. Only for in-place. */
  readonly safetyBackup: (() => Promise<string>) | undefined
  /** The complete command that restores a safety backup. */
  readonly safetyCommand?: (id: string) => string
}
