// `migration-gate`: requires a fresh, proven backup of the database that a migration changes.
import { isBackupName, parseBackupId } from '../../domain/backups/backup.ts'
import { Failure } from '../../domain/failures/failure.ts'
import type { GateChange } from '../../domain/gate/gate.ts'
import { gateInputs } from '../../inputs/gate.ts'
import { recordedInputs } from '../../inputs/record.ts'
import { signingInputs, storeInputs } from '../../inputs/shared.ts'
import { changeWarnings } from '../../operations/gate/gate-reasons.ts'
import { command, type World } from '../command.ts'
import { rulesOfRecord } from '../recording.ts'
import { checkStores } from '../stores/stores-of.ts'
import { decideGate } from './gate-decision.ts'
import { announced, changesOutcome, expiryOutcome, outputsOfGate } from './gate-outcome.ts'
import { announceGate, changeOf, commitName, expireGate, type GateValues } from './gate-steps.ts'

export const migrationGate = command({
  name: 'migration-gate',
  summary: 'Decide whether a migration may go ahead: it needs a fresh, proven backup of the same database',
  examples: [
    'migration-gate --base origin/main',
    'migration-gate --base origin/main --changes-only',
    'migration-gate --max-age 30m --store s3://my-bucket/resguardo',
    'migration-gate --base origin/main --migrations "db/changes/*.sql" --on-edited-migration refuse',
    'migration-gate --expire',
  ],
  inputs: { ...gateInputs, ...storeInputs, ...signingInputs, ...recordedInputs },
  outputs: outputsOfGate,
  check: (values, world) => [
    ...rulesOfGate(values),
    ...(isInstead(values) ? [] : [...checkStores(values, world), ...rulesOfRecord(values)]),
  ],
  run: async (values, world) => {
    if (values.expire) return expiryOutcome(await expireGate(values, world))
    if (values.announce) return announced(await announceGate(values, world))
    if (values.changesOnly) return lookOnly(values, world)
    return decideGate(values, world)
  },
})

async function lookOnly(values: GateValues, world: World) {
  const change = await changeForSure(values, world)
  const warnings = changeWarnings(change)
  for (const sentence of warnings) world.reporter.warn(sentence)
  return changesOutcome(change, warnings)
}

async function changeForSure(values: GateValues, world: World): Promise<GateChange> {
  const change = await changeOf(values, world)
  if (change) return change
  throw new Failure('internal/bug', 'changes-only went on without a base')
}

function isInstead({ changesOnly, announce, expire }: GateValues): boolean {
  return changesOnly || announce || expire
}

function rulesOfGate(values: GateValues): string[] {
  const broken: string[] = []
  const { base, head, sha, name, backupFromThisRun, changesOnly, announce, expire } = values
  if (values.requireIsolation && !values.requireDrill) broken.push('--require-isolation needs --require-drill')
  if ([changesOnly, announce, expire].filter(Boolean).length > 1) {
    broken.push('--changes-only, --announce and --expire cannot be used together')
  }
  if (changesOnly && base === undefined) broken.push('--changes-only needs --base')
  if (sha !== undefined && !commitName.test(sha)) broken.push('--sha: not a full commit ID of 40 hexadecimal digits')
  const posts = announce || (values.postStatus && !expire && !changesOnly)
  if (posts && sha === undefined && !commitName.test(head) && (announce || base === undefined)) {
    broken.push('--sha is missing: the commit for the status, such as github.event.pull_request.head.sha')
  }
  if (name !== undefined && !isBackupName(name)) {
    broken.push('--name: at most 100 letters, digits, dots, dashes and underscores, beginning with a letter or digit')
  }
  if (backupFromThisRun !== undefined && !parseBackupId(backupFromThisRun))
    broken.push('--backup-from-this-run: not the complete ID of a backup')
  return [...broken, ...rulesOfDatabase(values)]
}

function rulesOfDatabase({ databaseUrl, databaseName, systemIdentifier }: GateValues): string[] {
  const broken: string[] = []
  if (systemIdentifier !== undefined && !/^\d{1,20}$/.test(systemIdentifier))
    broken.push('--system-identifier: not a number')
  if (databaseUrl !== undefined && (databaseName ?? systemIdentifier) !== undefined) {
    broken.push('--database-url (DATABASE_URL) cannot be used together with --database-name or --system-identifier')
  }
  if (systemIdentifier !== undefined && databaseName === undefined) {
    broken.push('--system-identifier needs --database-name')
  }
  return broken
}
