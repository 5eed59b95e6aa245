// The options of a database restore.

import type { TableName } from '../../domain/fingerprint/table-name.ts'
import type { PostgresManifest } from '../../domain/manifest/manifest.ts'
import type { LiveServer, RestoreRequest } from '../../ports/restore.ts'
import type { FoundWithManifest } from '../catalogue/find-backup.ts'
import type { BackupChoice } from './check-origin.ts'
import type { RestoreHooks } from './hooks.ts'

export interface DatabaseRestoreRequest {
  readonly server: LiveServer
  /** The store to read the backup from. */
  readonly found: FoundWithManifest<PostgresManifest>
  readonly strategy: RestoreRequest['strategy']
  readonly choice: BackupChoice
  /** Whether code in the backup may run with superuser rights. */
  readonly codeAsSuperuser: boolean
  readonly onError: RestoreRequest['onError']
  readonly targetDatabase: string | undefined
  readonly targetSchema: string | undefined
  readonly tables: readonly TableName[]
  readonly schemas: readonly string[]
  readonly jobs: number
  /** The value of --confirm; must be the name of the live database if the restore changes it. */
  readonly confirm: string | undefined
  readonly dryRun: boolean
  readonly hooks: RestoreHooks
  /** Restores more data after the database and before the --after commands: Redis of the same recovery point. */
  readonly also?: () => Promise<void>
  /** Backs up the current data and returns the backup ID; undefined to continue without it. Only for in-place. */
  readonly safetyBackup: (() => Promise<string>) | undefined
  /** The complete command that restores a safety backup. */
  readonly safetyCommand?: (id: string) => string
}
