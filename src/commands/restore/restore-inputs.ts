// The inputs of `restore` for all kinds of backup, and their values.
import type { Values } from '../../inputs/kinds.ts'
import { recordInputs } from '../../inputs/record.ts'
import { restoreInputs } from '../../inputs/restore.ts'
import { databaseInputs, selectionInputs, signingInputs, storeInputs, temporaryInputs } from '../../inputs/shared.ts'

const installsClient = databaseInputs['install-tools'].summary

export const inputs = {
  ...databaseInputs,
  'install-tools': {
    ...databaseInputs['install-tools'],
    summary: `${installsClient}; for kind tenant with from, also the server`,
    help: {
      platform: { summary: installsClient },
      tenant: { summary: `${installsClient}; with --from, also the server` },
    },
  },
  ...storeInputs,
  ...signingInputs,
  ...selectionInputs,
  ...restoreInputs,
  ...recordInputs,
  ...temporaryInputs,
}

export type RestoreValues = Values<typeof inputs>
