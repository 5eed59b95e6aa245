// The strategy of a restore, and its plan in steps.
import { Failure } from '../../domain/failures/failure.ts'
import type { PostgresManifest } from '../../domain/manifest/manifest.ts'
import { plural } from '../../domain/text/plural.ts'
import { formatBytes } from '../../domain/text/quantities.ts'
import type { Reporter } from '../../ports/common.ts'
import type { Step } from '../../ports/restore.ts'
import type { DatabaseRestoreRequest } from './restore-request.ts'

interface StrategyPlan {
  readonly name: 'swap' | 'new' | 'in-place' | 'into-schema'
  /** Whether the live database changes, so that its name must be confirmed. */
  readonly touchesLive: boolean
}

export function strategyOf({
  strategy,
  targetSchema,
}: Pick<DatabaseRestoreRequest, 'strategy' | 'targetSchema'>): StrategyPlan {
  if (targetSchema !== undefined) return { name: 'into-schema', touchesLive: true }
  return { name: strategy, touchesLive: strategy !== 'new' }
}

/** Returns the planned steps, in order. */
export function plannedSteps(order: DatabaseRestoreRequest, manifest: PostgresManifest): Step[] {
  const { server, hooks, safetyBackup } = order
  const runBefore = hooks.before.map((command) => `Run: ${command}`)
  const titles: Record<StrategyPlan['name'], readonly string[]> = {
    swap: [
      `Load ${manifest.id} (${sizeOf(manifest)}) into a new database, and compare it with the backup`,
      ...runBefore,
      `End the sessions of ${server.database} and exchange names in one transaction; the old database is kept`,
    ],
    new: [
      ...runBefore,
      `Load ${manifest.id} (${sizeOf(manifest)}) into a new database ${order.targetDatabase ?? ''}, and compare it with the backup`,
    ],
    'into-schema': [
      ...runBefore,
      'Load the selected tables into a temporary database, and compare them with the backup',
      `Copy them into a new schema ${order.targetSchema ?? ''} of ${server.database} in one transaction`,
    ],
    'in-place': [
      ...runBefore,
      safetyBackup
        ? `Back up the current data of ${server.database} (trigger safety)`
        : 'No safety backup (--skip-safety-backup)',
      `Drop the contents of ${server.database} and load ${manifest.id} (${sizeOf(manifest)}), in one transaction`,
      'Compare rows, sequences and large objects with the backup before the commit, and definitions after it',
    ],
  }
  const during = titles[strategyOf(order).name]
  const after = [
    ...hooks.after.map((command) => `Run: ${command}`),
    ...(hooks.health ? [`Wait up to ${hooks.health.timeout} s for the health URL`] : []),
  ]
  return [...planned(during, 'during'), ...planned(after, 'after')]
}

function planned(titles: readonly string[], stage: 'during' | 'after'): Step[] {
  return titles.map((title) => ({ title, state: 'planned', stage }))
}

function sizeOf({ database }: PostgresManifest): string {
  return `${formatBytes(database.bytes)} on the server`
}

/** Returns the title of a step with its explanation. */
export function stepText({ title, detail }: Pick<Step, 'title' | 'detail'>): string {
  return detail ? `${title}. ${detail}` : title
}

/** Returns a failure with all blocked steps as details, if there are any. */
export function blockedBy(steps: readonly Step[]): Failure | undefined {
  const blocked = steps.filter(({ state }) => state === 'blocked')
  if (blocked.length === 0) return undefined
  return new Failure('restore/blocked', 'the restore is blocked', {
    hint: 'Nothing was changed. Use --dry-run to print the complete checklist.',
    details: blocked.map(stepText),
  })
}

/** Throws the failure of `blockedBy`, or reports the warnings among the steps. */
export function requireUnblocked(steps: readonly Step[], reporter: Pick<Reporter, 'warn'>): void {
  const blocked = blockedBy(steps)
  if (blocked) throw blocked
  for (const step of steps) if (step.state === 'warning') reporter.warn(`${stepText(step)}.`)
}

/** Like `blockedBy`, for a dry run: its checklist already lists the steps. */
export function blockedPlan(steps: readonly Step[]): Failure | undefined {
  const blocked = steps.filter(({ state }) => state === 'blocked')
  if (blocked.length === 0) return undefined
  return new Failure(
    'restore/blocked',
    `the restore would be blocked by ${plural(blocked.length, 'step')} of this plan`,
    {
      hint: 'Nothing was changed. Correct the blocked steps of the plan, then run again.',
    },
  )
}
