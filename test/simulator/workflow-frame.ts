// State of a running workflow, started by an event or called by a job.
import { isObject, type Json, type JsonObject } from './json.ts'
import { type Permissions, permissionsOf, readOnly, restricted } from './permissions.ts'
import { child, type Token } from './tokens.ts'
import type { WorkflowFile } from './workflow-file.ts'
import type { RunFrame } from './world.ts'

export interface WorkflowFrame {
  readonly run: RunFrame
  readonly workflow: WorkflowFile
  /** Null unless the workflow was dispatched or called. */
  readonly inputs: Json
  readonly secrets: Readonly<Record<string, string>>
  /** Permissions of the calling job, in a called workflow. */
  readonly ceiling: Permissions | undefined
  /** Prefixes of the IDs and names of its jobs: those of the calling jobs. */
  readonly prefix: { readonly id: string; readonly name: string }
  readonly depth: number
}

/** What other jobs see in `needs`. */
export interface Needed {
  readonly result: string
  readonly outputs: Readonly<Record<string, string>>
}

/** https://docs.github.com/actions/reference/workflows-and-actions/contexts#context-availability */
export function baseContexts(frame: WorkflowFrame): JsonObject {
  return { github: frame.run.github, inputs: frame.inputs, vars: { ...frame.run.world.options.vars } }
}

/** Permissions that a job requests: its own, else its workflow's, else the caller's or the repository's default. */
export function wantedPermissions(frame: WorkflowFrame, job: Token): Permissions {
  const own = permissionsOf(child(job, 'permissions')) ?? permissionsOf(child(frame.workflow.root, 'permissions'))
  return own ?? frame.ceiling ?? frame.run.world.options.defaultPermissions ?? restricted
}

/** Permissions of a job's token, read-only for forks: https://docs.github.com/actions/reference/security/secure-use */
export function grantedPermissions(frame: WorkflowFrame, job: Token): Permissions {
  const wanted = wantedPermissions(frame, job)
  return frame.run.trust === 'full' ? wanted : readOnly(wanted)
}

/** Parses an evaluated `strategy:`. */
export function strategyOf(value: Json): { matrix: Json; failFast: boolean; maxParallel: number } {
  const strategy = isObject(value) ? value : {}
  return {
    matrix: strategy.matrix ?? null,
    failFast: strategy['fail-fast'] !== false,
    maxParallel: typeof strategy['max-parallel'] === 'number' ? strategy['max-parallel'] : Number.POSITIVE_INFINITY,
  }
}
