// Runs `migration-gate`: from its inputs to a decision, then the pin and the commit status.

import { dayText, endOfDay } from '../../domain/backups/marks.ts'
import { asFailure } from '../../domain/failures/failure.ts'
import type { Decision, GateChange, GateOrigin, GatePolicy, WantedDatabase } from '../../domain/gate/gate.ts'
import { statusOf, statusText } from '../../domain/gate/gate-status.ts'
import type { StorePlace } from '../../domain/store-place.ts'
import type { Found } from '../../operations/catalogue/find-backup.ts'
import { decide } from '../../operations/gate/gate.ts'
import { pinForChange } from '../../operations/gate/gate-pin.ts'
import { withoutRemoved } from '../../operations/gate/gate-removed.ts'
import { gateKindOf } from '../../operations/kind-of.ts'
import { placeOf } from '../../operations/stores/store-kinds.ts'
import type { Outcome, World } from '../command.ts'
import { keyFlags, storeFlags } from '../printed-commands/repeated-flags.ts'
import { requireRecord } from '../recording.ts'
import { storeAddresses } from '../stores/store-addresses.ts'
import { openStores } from '../stores/stores-of.ts'
import { type GateDone, gateOutcome, type outputsOfGate } from './gate-outcome.ts'
import { changeOf, commitOf, type GateValues, postCommitStatus } from './gate-steps.ts'

/** Posts the requested status even after an error: `error` if there is no verdict. */
export async function decideGate(values: GateValues, world: World): Promise<Outcome<typeof outputsOfGate>> {
  let change: GateChange | undefined
  try {
    change = await world.reporter.phase('Examining the change', () => changeOf(values, world))
    if (values.trustedKeys.length === 0) world.reporter.note(unverified)
    const decided = await world.reporter.phase('Examining the backups', () => decideOn(change, values, world))
    const done = await follow({ ...decided, change }, values, world)
    for (const sentence of [...done.decision.warnings, ...done.warnings]) world.reporter.warn(sentence)
    const outcome = gateOutcome(done, {
      offSite: values.store.find((address) => placeOf(world.stores, address) === 'off-site'),
      flags: { ...storeFlags(values, storeAddresses(values, world), world), ...keyFlags(values) },
      requireDrill: values.requireDrill,
      requireIsolation: values.requireIsolation,
      name: values.name,
      record: values.record,
    })
    return values.enforce || outcome.failure?.kind !== 'refused' ? outcome : withoutFailure(outcome)
  } catch (error) {
    await tellOfFailure(error, change, values, world)
    throw error
  }
}

const unverified =
  'Signatures are not verified (no --trusted-keys): anyone who can write to the stores can forge a backup and its drill record.'

function withoutFailure({ failure, ...outcome }: Outcome<typeof outputsOfGate>): Outcome<typeof outputsOfGate> {
  return outcome
}

function decideOn(change: GateChange | undefined, values: GateValues, world: World): ReturnType<typeof decide> {
  const { onEditedMigration: edited, rehearsal, name } = values
  return decide(
    {
      change,
      edited,
      rehearsal,
      name,
      policy: policyOf(values, world),
      origin: originOf(values, change, world),
      openStores: () => openStores(values, world),
      openRecord: () => requireRecord(values, world),
      identify: () => wantedDatabase(values, world),
    },
    world,
  )
}

function policyOf(values: GateValues, world: World): GatePolicy {
  const { requireOffSite, requireDrill, requireIsolation, maxAge, maxAgeOfOwnBackup, backupFromThisRun } = values
  const whereIs = (address: string): StorePlace => placeOf(world.stores, address)
  const hasOffSite = storeAddresses(values, world).some((address) => whereIs(address) === 'off-site')
  return {
    kind: gateKindOf(world.kinds),
    placeOf: whereIs,
    requireOffSite: requireOffSite === 'auto' ? hasOffSite : requireOffSite === 'true',
    requireDrill,
    requireIsolation,
    maxAge,
    maxAgeOfOwnBackup,
    ...(backupFromThisRun !== undefined && { backupFromThisRun }),
  }
}

function originOf(values: GateValues, change: GateChange | undefined, { origin }: World): GateOrigin {
  const pullRequest = pullRequestOf(values, origin.pullRequest)
  const sha = commitOf(values, change)
  return {
    ...(origin.repository !== undefined && { repository: origin.repository }),
    ...(origin.runUrl !== undefined && { runUrl: origin.runUrl }),
    ...(pullRequest !== undefined && { pullRequest }),
    ...(sha !== undefined && { sha }),
  }
}

function pullRequestOf({ pullRequest }: GateValues, fromRun: string | undefined): string | undefined {
  return pullRequest === undefined ? fromRun : String(pullRequest)
}

async function wantedDatabase(values: GateValues, world: World): Promise<WantedDatabase> {
  const { databaseUrl, databaseName, systemIdentifier } = values
  if (databaseUrl === undefined) {
    return {
      ...(databaseName !== undefined && { database: databaseName }),
      ...(systemIdentifier !== undefined && { systemIdentifier }),
    }
  }
  const { display, ...identity } = await world.identifyDatabase(databaseUrl)
  world.reporter.note(`The migration is for ${display}.`)
  return identity
}

interface ToFollow {
  readonly decision: Decision
  readonly places: readonly Found[]
  readonly change: GateChange | undefined
}

/** Pins first, which may reveal that the backup is gone. Posts the status last, so that green means all is done. */
async function follow(toFollow: ToFollow, values: GateValues, world: World): Promise<GateDone> {
  const done = await pinAccepted(toFollow, values, world)
  if (!values.postStatus) return done
  try {
    return { ...done, posted: await postCommitStatus(values, statusOf(done.decision), world, toFollow.change) }
  } catch (error) {
    return { ...done, unposted: asFailure(error) }
  }
}

async function pinAccepted(
  { decision, places, change }: ToFollow,
  values: GateValues,
  world: World,
): Promise<GateDone> {
  const until = endOfDay(dayText(new Date(world.clock.now().getTime() + values.pinDays * 86_400_000)))
  if (!values.pin || !decision.accepted || !until) return { decision, warnings: [] }
  const reason = pinReason(values, change, world)
  const { gone, failure } = await pinForChange(places, { reason, until })
  const left = withoutRemoved(decision, gone, policyOf(values, world))
  if (!left.accepted) return { decision: left, warnings: [] }
  if (!failure) return { decision: left, warnings: [], pin: { reason, until: dayText(until) } }
  const said = `The backup could not be pinned in every store, so retention may remove it there: ${failure.message}`
  return { decision: left, warnings: [said] }
}

function pinReason(values: GateValues, change: GateChange | undefined, { origin }: World): string {
  const pullRequest = pullRequestOf(values, origin.pullRequest)
  const commit = commitOf(values, change) ?? origin.sha
  return pullRequest !== undefined
    ? `pull-request-${pullRequest}`
    : commit === undefined
      ? 'migration-gate'
      : `commit-${commit.slice(0, 12)}`
}

async function tellOfFailure(
  error: unknown,
  change: GateChange | undefined,
  values: GateValues,
  world: World,
): Promise<void> {
  const { kind, message } = asFailure(error)
  if (!values.postStatus || kind === 'interrupted' || commitOf(values, change) === undefined) return
  try {
    await postCommitStatus(values, statusText('error', `no verdict: ${world.hideSecrets(message)}`), world, change)
  } catch (another) {
    world.reporter.warn(`Could not post the failure as a commit status: ${asFailure(another).message}`)
  }
}
