// Steps of `migration-gate` that need no backup: find the migrations of the change, and post the commit status.
import { Failure } from '../../domain/failures/failure.ts'
import type { GateChange } from '../../domain/gate/gate.ts'
import { type StatusText, statusText } from '../../domain/gate/gate-status.ts'
import { mayBackUpFor } from '../../domain/gate/gate-trust.ts'
import type { gateInputs } from '../../inputs/gate.ts'
import type { Values } from '../../inputs/kinds.ts'
import type { recordedInputs } from '../../inputs/record.ts'
import type { storeInputs } from '../../inputs/shared.ts'
import { compareWithBase, compareWithEveryBase } from '../../operations/gate/gate-change.ts'
import { type Expiry, expireStatuses, postStatus } from '../../operations/gate/gate-status.ts'
import type { Forge, OpenPullRequest } from '../../ports/gate.ts'
import type { World } from '../command.ts'

export type GateValues = Values<typeof gateInputs & typeof storeInputs> & Values<typeof recordedInputs>

/**
 * Returns undefined if no base was given. A status applies to every pull request with that head commit, so the change
 * is compared with all their bases.
 */
export async function changeOf(values: GateValues, world: World): Promise<GateChange | undefined> {
  const { base, head, checkout, migrations, allBases, postStatus } = values
  if (base === undefined) return undefined
  const changes = await world.openChanges(checkout, { signal: world.signal })
  const request = { base, head, globs: migrations }
  if (!allBases && !postStatus) return compareWithBase(changes, request)
  const commit = commitOf(values) ?? (await compareWithBase(changes, request)).head
  return compareWithEveryBase(changes, request, { commit, open: await openWithHead(values, commit, world) })
}

async function openWithHead(values: GateValues, commit: string, world: World): Promise<OpenPullRequest[]> {
  const open = await (await openForge(values, world)).openPullRequests()
  return open.filter(({ headSha }) => headSha === commit)
}

/** A full commit ID, SHA-1 or SHA-256. */
export const commitName = /^[0-9a-f]{40}([0-9a-f]{24})?$/

/** Returns the commit that the status is for, if it is known. */
export function commitOf({ sha, head }: GateValues, change?: GateChange): string | undefined {
  return sha ?? change?.head ?? (commitName.test(head) ? head : undefined)
}

/**
 * Posts the status, with a link to this run, and returns the commit. Throws what the forge throws, and a failure of
 * kind usage if no commit is known.
 */
export async function postCommitStatus(
  values: GateValues,
  status: StatusText,
  world: World,
  change?: GateChange,
): Promise<string> {
  const commit = commitOf(values, change)
  if (commit === undefined) {
    throw new Failure('gate/no-commit', '--sha is missing: the commit for the status is not known', {
      hint: 'Give --sha, such as github.event.pull_request.head.sha.',
    })
  }
  await postStatus(await openForge(values, world), commit, status, world.origin.runUrl)
  return commit
}

/** Posts a pending status with the next step, and returns whether a backup may be made for this commit. */
export async function announceGate(
  values: GateValues,
  world: World,
): Promise<{ readonly sha: string; readonly mayBackUp: boolean }> {
  const { label, mergeQueue } = values
  const commit = commitOf(values)
  const asking = commit === undefined ? [] : await openWithHead(values, commit, world)
  const mayBackUp = mergeQueue || mayBackUpFor(asking, label)
  const next = mayBackUp ? 'making and proving a backup' : `waiting until a maintainer adds the label "${label}"`
  return { sha: await postCommitStatus(values, statusText('pending', next), world), mayBackUp }
}

export async function expireGate(values: GateValues, world: World): Promise<Expiry> {
  return expireStatuses(await openForge(values, world), world.clock.now(), world.origin.runUrl, world.signal)
}

function openForge({ githubToken }: GateValues, world: World): Promise<Forge> {
  return world.openForge(githubToken === undefined ? {} : { githubToken })
}
