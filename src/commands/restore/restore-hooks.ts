// Reads the hooks of a restore from the inputs.
import type { Values } from '../../inputs/kinds.ts'
import type { restoreInputs } from '../../inputs/restore.ts'
import type { RestoreHooks } from '../../operations/restore/hooks.ts'

export function hooksOf({ before, after, healthUrl, healthTimeout }: Values<typeof restoreInputs>): RestoreHooks {
  return { before, after, health: healthUrl === undefined ? undefined : { url: healthUrl, timeout: healthTimeout } }
}
