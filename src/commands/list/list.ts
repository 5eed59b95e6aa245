// `list`: lists the backups in all stores, newest first.
import { triggers } from '../../domain/backups/backup.ts'
import { distrustOf } from '../../domain/backups/catalogue.ts'
import { Failure } from '../../domain/failures/failure.ts'
import { storeInputs } from '../../inputs/shared.ts'
import { type Listing, listBackups } from '../../operations/catalogue/list-backups.ts'
import { command } from '../command.ts'
import { checkStores, openStores } from '../stores/stores-of.ts'
import { listingDocument, listReport } from './list-report.ts'

export const list = command({
  name: 'list',
  summary: 'List backups, newest first, with age, size and drill result',
  examples: [
    'list',
    'list 20261124',
    'list --last 5 --trigger scheduled',
    'list --at 2026-11-24T14:00:00Z --kind platform',
    'list --store s3://my-bucket/resguardo --json',
  ],
  positional: ['backup'],
  inputs: {
    backup: {
      kind: 'text',
      summary: 'Only backups with this ID or ID prefix; as an argument, also a backup name',
      group: 'Which backups',
      placeholder: 'ID',
    },
    name: { kind: 'text', summary: 'Only backups of this name', placeholder: 'NAME', group: 'Which backups' },
    kind: { kind: 'text', holds: 'kinds', summary: 'Only backups of this kind', group: 'Which backups' },
    trigger: { kind: 'choice', choices: triggers, summary: 'Only backups with this trigger', group: 'Which backups' },
    at: {
      kind: 'time',
      summary: 'Only backups that were started at or before this time (ISO 8601)',
      group: 'Which backups',
      placeholder: 'TIME',
    },
    last: { kind: 'count', least: 1, summary: 'Number of newest backups to list', group: 'Which backups' },
    ...storeInputs,
  },
  outputs: {
    count: 'Number of backups listed',
    latest: 'ID of the newest backup that is not suspect',
    'latest-proven': 'ID of the newest backup that its last drill proved',
  },
  check: checkStores,
  run: async (values, world) => {
    const { kind, trigger, at, last } = values
    const { name, id } = nameOrId(values)
    const stores = await openStores(values, world)
    const addresses = stores.map(({ address }) => address)
    const strict = values.store.length > 0
    const listing = await listBackups({ stores, name, id, kind, trigger, at, last, strict, signal: world.signal })
    const { backups } = listing
    const counted = backups.filter((backup) => distrustOf(backup) === undefined && backup.damaged === undefined)
    const now = world.clock.now()
    const isNarrowed = [name, id, kind, trigger, at].some((filter) => filter !== undefined)
    const failure = problemsFailure(listing) ?? (backups.length === 0 && id !== undefined ? noSuchId(id) : undefined)
    return {
      outputs: {
        count: backups.length,
        latest: counted.find(({ suspect }) => !suspect)?.id.text,
        'latest-proven': counted.find(({ drill }) => drill?.verdict === 'proven')?.id.text,
      },
      report: listReport(listing, addresses, now, isNarrowed),
      document: listingDocument(listing, now),
      ...(failure ? { failure } : {}),
    }
  },
})

/** In `list shop`, the argument is a backup name, because IDs begin with a digit. */
function nameOrId({ name, backup }: { name: string | undefined; backup: string | undefined }) {
  const isName = backup !== undefined && name === undefined && !/^\d{1,8}(T|$)/.test(backup)
  return isName ? { name: backup, id: undefined } : { name, id: backup }
}

function noSuchId(id: string): Failure {
  return new Failure('backup/not-found', `no backup ID begins with ${JSON.stringify(id)}`, {
    hint: 'Run `resguardo list` to see all backups.',
  })
}

function problemsFailure({ problems }: Listing): Failure | undefined {
  const [first] = problems
  if (!first) return undefined
  const places = problems.map(({ store }) => store).join(', ')
  return first.failure.restate(`the list is incomplete: could not read ${places} (${first.failure.message})`)
}
