// The inputs of `restore` for all kinds of backup, and their values.
import type { Values } from '../../inputs/kinds.ts'
import { recordInputs } from '../../inputs/record.ts'
import { restoreInputs } from '../../inputs/restore.ts'
import { databaseInputs, selectionInputs, signingInputs, storeInputs, temporaryInputs } from '../../inputs/shared.ts'

export const inputs = {
  ...databaseInputs,
  ...storeInputs,
  ...signingInputs,
  ...selectionInputs,
  ...restoreInputs,
  ...recordInputs,
  ...temporaryInputs,
}

export type RestoreValues = Values<typeof inputs>
