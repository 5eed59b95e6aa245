// Restores Redis: keys into a live server, after an examination and a safety backup, or a file for a stopped server.

import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import type { RedisManifest } from '../../domain/manifest/manifest.ts'
import { redisServerIds } from '../../domain/redis/redis-server-ids.ts'
import { type CommandLine, commandText, type Flags } from '../../domain/text/command-line.ts'
import type { PhaseTime } from '../../ports/drill.ts'
import type {
  RedisAddress,
  RedisRestored,
  RedisRestoreRequest,
  RedisTarget,
  WriteRedisFile,
  WroteRedisFile,
} from '../../ports/redis.ts'
import type { Step } from '../../ports/restore.ts'
import { payloadSources } from '../../streams/payload.ts'
import type { FoundWithManifest } from '../catalogue/find-backup.ts'
import { verifyRecords } from '../drill/verify-records.ts'
import { type BackupChoice, originSteps } from './check-origin.ts'
import { type HookWorld, type RestoreHooks, waitForHealth, withHooks } from './hooks.ts'
import { requireConfirmation } from './restore.ts'
import { blockedBy, blockedPlan, requireUnblocked } from './restore-plan.ts'

type RestoreRedisWorld = Omit<HookWorld, 'runUserCommand'> & { readonly temporary: string }

export interface RedisRestoreOrder
  extends Pick<RedisRestoreRequest, 'mode' | 'patterns' | 'database' | 'toDatabase' | 'resumeQueues'> {
  readonly target: RedisTarget
  readonly found: FoundWithManifest<RedisManifest>
  readonly choice: BackupChoice
  readonly dryRun: boolean
  /**
   * Backs up the current data and returns the backup's ID; undefined: continue without. Called only if data may be
   * lost.
   */
  readonly safetyBackup: (() => Promise<string>) | undefined
  /** The complete command that restores a safety backup. */
  readonly safetyCommand?: (id: string) => string
}

export interface RestoreRedisOrder extends RedisRestoreOrder {
  /** The value of --confirm; must be the target's address unless nothing is changed. */
  readonly confirm: string | undefined
  readonly hooks: RestoreHooks
}

export interface RedisRestoreResult {
  readonly manifest: RedisManifest
  readonly mode: RedisRestoreOrder['mode']
  readonly restored: RedisRestored
  readonly steps: readonly Step[]
  readonly safetyBackup: string | undefined
  readonly phases: readonly PhaseTime[]
  readonly seconds: number
  /** False for a dry run. */
  readonly done: boolean
  /**
   * What failed after the keys were restored: a command or the health check. For a dry run: what blocks the restore.
   */
  readonly failure: Failure | undefined
}

/** Throws a failure. No key was changed unless its message states how many keys were restored. */
export async function restoreRedis(
  order: RestoreRedisOrder,
  world: RestoreRedisWorld & HookWorld,
): Promise<RedisRestoreResult> {
  if (!order.dryRun) requireConfirmation(order.target, true, order.confirm)
  const prepared = await prepareRedis(order, world)
  if (order.dryRun) return prepared.plan()
  const { value, failure } = await withHooks(order.hooks, world, () => prepared.restore())
  const hint = 'The keys are restored. Read the log of the application.'
  const unhealthy = order.hooks.health ? await waitForHealth(order.hooks.health, hint, world) : undefined
  const interruption = world.signal.aborted ? asFailure(world.signal.reason) : undefined
  return { ...value, failure: failure ?? interruption ?? unhealthy }
}

/** A restore of Redis whose target was examined. */
interface PreparedRedis {
  plan(): Promise<RedisRestoreResult>
  /** A failure names the safety backup with the earlier data, if there is one. */
  restore(): Promise<RedisRestoreResult>
}

/**
 * Verifies the backup's records and examines the target. Throws a failure for what blocks the restore, except in a dry
 * run.
 */
export async function prepareRedis(order: RedisRestoreOrder, world: RestoreRedisWorld): Promise<PreparedRedis> {
  const { target, found, choice, dryRun, mode } = order
  const { clock, reporter, signal } = world
  const began = clock.seconds()
  const { manifest } = found
  await verifyRecords(found.store, manifest, signal)
  const phases: PhaseTime[] = []
  const request = requestOf(order, manifest, phases, world)
  // State of the earlier restore, such as the database of the same recovery point.
  let before: string | undefined
  const leaves = (sentence: string): void => {
    if (world.state) world.state.leaves = before === undefined ? sentence : `${before} ${sentence}`
  }
  const unchanged = `No key of ${target.display} was changed.`
  if (!dryRun) leaves(unchanged)
  const steps = await request.phase(`Examining ${target.display}`, async () => {
    const here = await target.serverIds(signal)
    const origin = originSteps({ here, there: redisServerIds(manifest), choice, touchesLive: true })
    return [...origin, ...(await target.preflight(request))]
  })
  if (!dryRun) requireUnblocked(steps, reporter)
  const result = (restored: RedisRestored, done: boolean, safetyBackup?: string): RedisRestoreResult => {
    const failure = done ? undefined : blockedPlan(steps)
    return { manifest, mode, restored, steps, phases, seconds: clock.seconds() - began, done, safetyBackup, failure }
  }
  return {
    plan: async () => result(blockedBy(steps) ? nothing : await target.plan(request), false),
    async restore() {
      before = world.state?.leaves === unchanged ? undefined : world.state?.leaves
      leaves(unchanged)
      const safety = mode === 'merge' ? undefined : await order.safetyBackup?.()
      try {
        const changes = (): void => leaves(`The restore into ${target.display} is incomplete.`)
        const restored = await target.restore({ ...request, changes })
        leaves(`The restore of backup ${manifest.id} into ${target.display} is complete.`)
        return result(restored, true, safety)
      } catch (error) {
        throw withSafety(error, safety, order)
      }
    },
  }
}

const nothing: RedisRestored = { databases: [], queues: [], functions: [], notes: [] }

/** Returns the command that replaces the current data with a safety backup. */
export function redisUndoCommand(
  safety: string,
  name: string,
  { display }: Pick<RedisTarget, 'display'>,
  flags: Flags = {},
): CommandLine {
  return { words: ['restore', 'redis', safety], flags: { mode: 'flush-first', name, ...flags, confirm: display } }
}

function withSafety(
  error: unknown,
  safety: string | undefined,
  { found, target, safetyCommand }: RedisRestoreOrder,
): unknown {
  if (safety === undefined) return error
  const failure = asFailure(error)
  const command = safetyCommand?.(safety) ?? commandText(redisUndoCommand(safety, found.entry.name, target))
  const back = `The earlier data is in backup ${safety}. To restore it: \`${command}\``
  return failure.restate(failure.message, failure.hint === undefined ? back : `${failure.hint} ${back}`)
}

function requestOf(
  { mode, patterns, database, toDatabase, resumeQueues, found }: RedisRestoreOrder,
  manifest: RedisManifest,
  phases: PhaseTime[],
  { reporter, clock, signal, temporary }: RestoreRedisWorld,
): RedisRestoreRequest {
  return {
    ...{
      manifest,
      payloads: payloadSources(found.store, manifest, signal),
      mode,
      patterns,
      resumeQueues,
      temporary,
      signal,
    },
    ...(database !== undefined && { database }),
    ...(toDatabase !== undefined && { toDatabase }),
    async phase(title, work) {
      const from = clock.seconds()
      const result = await reporter.phase(title, work)
      phases.push({ phase: title, seconds: clock.seconds() - from })
      return result
    },
    progress: (done) => reporter.progress(done),
  }
}

interface RedisFileOrder {
  readonly found: FoundWithManifest<RedisManifest>
  readonly path: string
  /** The server that the file is for, if known. */
  readonly address: RedisAddress | undefined
  readonly write: WriteRedisFile
}

/** Throws a failure if the file could not be written; there is no new file then. */
export async function restoreRedisToFile(
  { found, path, address, write }: RedisFileOrder,
  { reporter, signal }: RestoreRedisWorld,
): Promise<WroteRedisFile & { readonly manifest: RedisManifest }> {
  const { manifest } = found
  await verifyRecords(found.store, manifest, signal)
  const payloads = payloadSources(found.store, manifest, signal)
  const wrote = await reporter.phase(`Writing ${path}`, () =>
    write({ manifest, payloads, path, signal, ...(address && { address }) }),
  )
  return { ...wrote, manifest }
}
