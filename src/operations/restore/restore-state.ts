// Messages about the live database after an interrupted restore.

import { commandText } from '../../domain/text/command-line.ts'
import type { LiveState } from '../../ports/restore.ts'
import type { HookWorld } from './hooks.ts'
import { strategyOf } from './restore-plan.ts'
import type { DatabaseRestoreRequest } from './restore-request.ts'
import { undoCommand } from './undo-command.ts'

interface RestoreContext {
  /** Name of the live database. */
  readonly database: string
  readonly backup: string
  readonly way: 'swap' | 'new' | 'into-schema' | 'in-place'
  readonly schema: string | undefined
  /** The safety backup and the command that restores it. */
  readonly safety: { readonly id: string; readonly command: string } | undefined
}

/** Returns a function that updates the message about the state that an interruption would leave. */
export function reach(
  order: DatabaseRestoreRequest,
  { state }: Pick<HookWorld, 'state'>,
  backup: string,
  safety?: string,
): (state: LiveState) => void {
  const { server, targetSchema: schema, safetyCommand } = order
  const made = safety === undefined || !safetyCommand ? undefined : { id: safety, command: safetyCommand(safety) }
  const restoring = { database: server.database, backup, way: strategyOf(order).name, schema, safety: made }
  return (live) => {
    if (state) state.leaves = stateText(restoring, live)
  }
}

/** Returns full sentences with the complete command that undoes the restore or shows whether it was committed. */
function stateText(restoring: RestoreContext, state: LiveState): string {
  const { database, backup } = restoring
  if (state.at === 'unchanged') return `The live database ${database} was not changed.`
  if (state.at === 'changed') return changedText(restoring, state.kept)
  const ask = state.ask === undefined ? '' : ` \`${state.ask}\`: "committed" means that it was replaced.`
  const find = ask || ` \`resguardo restore --undo --dry-run\``
  return `It is not known whether ${database} was replaced with backup ${backup}: the server did not respond to COMMIT. When it responds again, run${find}`
}

function changedText({ database, backup, way, schema, safety }: RestoreContext, kept: string | undefined): string {
  if (way === 'into-schema') {
    const drop = `DROP SCHEMA "${(schema ?? '').replaceAll('"', '""')}" CASCADE`
    return `Schema ${schema} of ${database} was created with the tables of backup ${backup}; nothing else was changed. To undo the restore: \`${drop}\``
  }
  const done = `The live database ${database} was replaced with backup ${backup}.`
  if (kept !== undefined)
    return `${done} The database that was live before is kept as ${kept}. To undo the restore: \`${commandText(undoCommand(database))}\``
  if (way === 'swap') return `${done} There was no database of that name before.`
  return `${done} ${safetyText(safety)}`
}

/** Returns the location of the earlier data. */
function safetyText(safety: RestoreContext['safety']): string {
  if (!safety) return 'There is no safety backup of the earlier data.'
  return `The earlier data is in backup ${safety.id}. To restore it: \`${safety.command}\``
}

interface TenantState {
  readonly database: string
  readonly tenant: string
  readonly backup: string
  readonly safety: string | undefined
  readonly safetyCommand?: ((id: string) => string) | undefined
}

/** Like `stateText`, for the rows of one tenant. */
export function tenantStateText(
  { database, tenant, backup, safety, safetyCommand }: TenantState,
  { at }: LiveState,
): string {
  const who = `tenant ${JSON.stringify(tenant)}`
  if (at === 'unchanged') return `No row of ${database} was changed.`
  if (at === 'committing')
    return `It is not known whether ${who} was restored into ${database}: the server did not respond to COMMIT. Run the same command again with --dry-run to see the remaining changes.`
  const earlier = safety === undefined || !safetyCommand ? undefined : { id: safety, command: safetyCommand(safety) }
  return `The rows of ${who} in ${database} were restored from backup ${backup}. ${earlier ? safetyText(earlier) : 'Nothing else was changed.'}`
}
