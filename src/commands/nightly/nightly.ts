// `nightly`: the complete nightly job in one command, for the root action and for cron.

import { Failure } from '../../domain/failures/failure.ts'
import { nightlyDatabaseInputs, nightlyInputs } from '../../inputs/nightly.ts'
import { recordInputs } from '../../inputs/record.ts'
import { signingInputs, storeInputs, temporaryInputs } from '../../inputs/shared.ts'
import type { BackedUp as OneBackedUp } from '../../operations/backup/back-up.ts'
import { placeOf } from '../../operations/stores/store-kinds.ts'
import type { Store } from '../../ports/common.ts'
import { outcomeOfBackup } from '../backup/backup-outcome.ts'
import { rulesOfBackup } from '../backup/backup-rules.ts'
import { command, type World } from '../command.ts'
import { checkScratch } from '../drill/drill.ts'
import { backUpRecorded, rulesOfRecord } from '../recording.ts'
import { rulesOfSigning } from '../signatures.ts'
import { checkStores, openStores } from '../stores/stores-of.ts'
import { joinSteps, outputsOfNightly } from './nightly-outcome.ts'
import { drillCompanions, drillStep, type Made, pruneStep } from './nightly-steps.ts'

const inputs = {
  ...nightlyInputs,
  ...nightlyDatabaseInputs,
  ...storeInputs,
  ...signingInputs,
  ...recordInputs,
  ...temporaryInputs,
}

export const nightly = command({
  name: 'nightly',
  summary: 'Run the complete nightly job: back up, verify, drill and prune',
  examples: [
    'nightly',
    'nightly --drill --store s3://my-bucket/resguardo --keep-weekly 8',
    'nightly --no-prune --wait-for-other-run 0s',
  ],
  positional: ['kind'],
  part: 'backup',
  inputs,
  outputs: outputsOfNightly,
  check: (values, world) => [
    ...rulesOfBackup(values, world, inputs),
    ...checkStores(values, world),
    ...rulesOfRecord(values),
    ...rulesOfSigning(values),
    ...(values.drill ? checkScratch(values) : []),
  ],
  run: async (values, world) => {
    const stores = await openStores(values, world)
    if (world.ephemeral) requireLasting(stores, world)
    const backedUp = await backUpRecorded(stores, values, world)
    const [made, ...companions] = [backedUp, ...backedUp.companions].map((each) => madeOf(each, stores)) as [
      Made,
      ...Made[],
    ]
    const drilled = values.drill ? await drillStep(made, values, world) : undefined
    const drills = values.drill ? await drillCompanions(companions, values, world) : []
    const backup = outcomeOfBackup(backedUp, world, drilled?.outputs === undefined)
    const prunes = values.prune && ![backup, drilled, ...drills].some((step) => step?.failure)
    return joinSteps(
      backup,
      [...(drilled ? [drilled] : []), ...drills],
      prunes ? await pruneStep(made, values, world) : undefined,
      values,
    )
  },
})

/** Keeps only the stores that have the backup. */
function madeOf({ manifest: { id, kind, name }, stores: holding }: OneBackedUp, stores: readonly Store[]): Made {
  return { id, kind, name, stores: stores.filter(({ address }) => holding.some((each) => each.address === address)) }
}

/** Throws if all stores are on a disk that is discarded after the job. */
function requireLasting(stores: readonly Store[], world: World): void {
  if (stores.some(({ address }) => placeOf(world.stores, address) !== 'on-site')) return
  throw new Failure(
    'store/ephemeral',
    `this runner's disk is discarded after the job, and the backup with it: ${addresses(stores)}`,
    {
      hint: 'Give a permanent store, such as s3://bucket/prefix, or artifact: in a private repository. To only write files on this runner, use `dump`.',
    },
  )
}

function addresses(stores: readonly Store[]): string {
  return stores.map(({ address }) => address).join(', ')
}
