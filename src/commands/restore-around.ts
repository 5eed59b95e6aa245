// What the inputs of `restore` say of commands around it.
import type { Values } from '../inputs/kinds.ts'
import type { restoreInputs } from '../inputs/restore.ts'
import type { Around } from '../operations/around.ts'

export function aroundOf({ before, after, healthUrl, healthTimeout }: Values<typeof restoreInputs>): Around {
  return { before, after, health: healthUrl === undefined ? undefined : { url: healthUrl, timeout: healthTimeout } }
}
