// `upload`: the third of three stages: copies a backup from one store to others, and verifies its bytes.
import { Failure } from '../../domain/failures/failure.ts'
import { namingInputs, selectionInputs, storeInputs } from '../../inputs/shared.ts'
import { copyBackup } from '../../operations/backup/copy-backup.ts'
import { findBackup } from '../../operations/catalogue/find-backup.ts'
import { command } from '../command.ts'
import { defaultAddresses } from '../stores/store-addresses.ts'
import { choiceOf, openAddresses } from '../stores/stores-of.ts'
import { uploadReport } from './copy-report.ts'

const { store: _, ...otherStoreInputs } = storeInputs

export const upload = command({
  name: 'upload',
  summary: 'Copy a backup from one store to others and verify it; repairs a damaged or missing copy',
  examples: ['upload', 'upload --backup latest --from file:./backups --to s3://my-bucket/resguardo'],
  positional: ['kind', 'backup'],
  inputs: {
    ...selectionInputs,
    ...namingInputs,
    from: { kind: 'text', summary: 'Store to copy from; default: BACKUP_DIR', group: 'Stores', placeholder: 'ADDRESS' },
    to: {
      kind: 'lines',
      summary: 'Stores to copy to; default: {others}',
      holds: 'stores',
      group: 'Stores',
      placeholder: 'ADDRESS',
    },
    ...otherStoreInputs,
    'confirm-bytes': {
      kind: 'choice',
      choices: ['auto', 'full'],
      fallback: 'auto',
      summary: 'How to verify stored bytes: full reads them back; auto accepts a digest that the store computed',
    },
  },
  outputs: { 'backup-id': 'Id of the backup', stores: 'Stores that now have the backup, comma-separated' },
  run: async (values, world) => {
    const [first = '', ...others] = defaultAddresses(values, world)
    const to = values.to.length > 0 ? values.to : others
    if (to.length === 0)
      throw new Failure('input/no-store', 'no store to copy to', {
        hint: 'Give --to s3://bucket/prefix, or set AWS_S3_BUCKET.',
      })
    const [from] = await openAddresses([values.from ?? first], values, world)
    const targets = await openAddresses(to, values, world)
    if (!from) throw new Failure('internal/bug', 'the store to copy from was not opened')
    const [found] = await findBackup([from], choiceOf(values, world))
    if (!found) throw new Failure('internal/bug', 'a backup was found in no store')
    const copied = await copyBackup({ from, entry: found.entry, to: targets, confirmBytes: values.confirmBytes }, world)
    return {
      outputs: { 'backup-id': copied.manifest.id, stores: copied.stores.map(({ address }) => address).join(',') },
      report: uploadReport(copied),
      document: { backup: copied.manifest.id, name: copied.manifest.name, stores: copied.stores },
    }
  },
})
