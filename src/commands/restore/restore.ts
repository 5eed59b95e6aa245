// `restore`: restores a backup in place of the live data or elsewhere, or undoes a restore.
import { parseBackupId } from '../../domain/backups/backup.ts'
import { kindOf } from '../../operations/kind-of.ts'
import { commands, report } from '../../report/report.ts'
import { command } from '../command.ts'
import { rulesOfKind } from '../kind-parts.ts'
import { nextCommand } from '../printed-commands/next-command.ts'
import { storeFlags } from '../printed-commands/repeated-flags.ts'
import { rulesOfRecord } from '../recording.ts'
import { storeAddresses } from '../stores/store-addresses.ts'
import type { RestoreResult, World } from '../world.ts'
import { inputs, type RestoreValues } from './restore-inputs.ts'
import { outputsOfRestore } from './restore-outputs.ts'

export const restore = command({
  name: 'restore',
  summary: 'Restore a backup into a new database and swap it with the live one; --undo swaps back',
  examples: [
    'restore --dry-run',
    'restore --confirm shop --before "pm2 stop api" --after "pm2 start api" --health-url http://localhost:3000/health',
    'restore --undo --confirm shop',
    'restore 20261124T020005Z --strategy new --target-database shop_copy',
    'restore --table public.Product --target-schema rescued --confirm shop',
    'restore tenant --tenant 7 --mode replace --dry-run',
    'restore tenant --tenant 7 --from latest --mode replace --confirm shop',
    'restore redis --mode replace --confirm localhost:6379',
    'restore redis --to-file ./dump.rdb',
    'restore all --confirm shop,localhost:6379 --before "pm2 stop all" --after "pm2 start all"',
  ],
  part: 'restore',
  positional: ['kind', 'backup'],
  inputs,
  outputs: outputsOfRestore,
  check: (values, world) => [
    ...rulesOfHooks(values),
    ...rulesOfRecord(values),
    ...(isOfAnotherKind(values) ? [] : rulesOfKind('restore', values, world, inputs)),
  ],
  async run(values, world) {
    if (world.state) world.state.leaves = 'Nothing was changed.'
    const { restore: part } = kindOf(world.choices, values.kind)
    const { confirm, source, ...outcome } = await part.run(values, world)
    if (!values.dryRun || outcome.failure) return outcome
    const { words, flags } = source ?? sourceOf(values, String(outcome.outputs['backup-id']), world)
    const kindWords = values.kind === inputs.kind.fallback ? [] : [values.kind]
    const next = nextCommand({ ...inputs, ...part.inputs }, values, {
      words: ['restore', ...kindWords, ...words],
      flags: { ...replaced, confirm, ...flags },
    })
    return {
      ...outcome,
      report: report(
        outcome.report,
        commands(`To run the ${'undo' in values && values.undo ? 'undo' : 'restore'}`, next),
      ),
    }
  },
})

/** Flags of the dry run that its command does not have. */
const replaced = { kind: undefined, backup: undefined, at: undefined, temporary: undefined, 'dry-run': undefined }

function sourceOf(values: RestoreValues, id: string, world: World): NonNullable<RestoreResult['source']> {
  return { words: [id], flags: storeFlags(values, storeAddresses(values, world), world) }
}

/** Whether the ID is of another kind and --kind is the default; the run then reports how to restore it. */
function isOfAnotherKind({ kind, backup }: RestoreValues): boolean {
  const id = parseBackupId(backup)
  return kind === inputs.kind.fallback && id !== undefined && id.kind !== kind
}

function rulesOfHooks({ healthUrl }: RestoreValues): string[] {
  const isHttp = healthUrl === undefined || (URL.canParse(healthUrl) && /^https?:$/.test(new URL(healthUrl).protocol))
  return isHttp ? [] : ['--health-url: not an http or https URL']
}
