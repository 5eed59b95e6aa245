// The commands that rounds kill, and those that run after a kill.
import { backups } from './commands/backups.ts'
import { drills, gates } from './commands/drills.ts'
import { others } from './commands/others.ts'
import { restores } from './commands/restores.ts'
import { directory, type SoakCommand } from './commands/soak-command.ts'
import type { Workspace } from './workspace.ts'

/** Every command. */
export const soakCommands: readonly SoakCommand[] = [...backups, ...drills, ...gates, ...restores, ...others]

/** Short commands; one of them runs after a kill. */
export const nextCommands: readonly ((workspace: Workspace) => readonly string[])[] = [
  (workspace) => ['list', ...directory(workspace)],
  () => ['tenants', 'plan', '--no-counts'],
  (workspace) => ['prune', '--dry-run', ...directory(workspace)],
  (workspace) => ['checksum', 'redis', '--name', 'shop', ...directory(workspace)],
]
