// State of a running job: folders, variables, masks and status.
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Status } from './expressions.ts'
import type { Json, JsonObject } from './json.ts'
import { Masks } from './masks.ts'
import { allows, type Permissions } from './permissions.ts'
import type { JobResult, StepResult } from './results.ts'
import type { CommandReader } from './workflow-commands.ts'
import type { WorkflowFile } from './workflow-file.ts'
import type { RunFrame } from './world.ts'

export interface JobInit {
  readonly run: RunFrame
  readonly workflow: WorkflowFile
  /** The key in its workflow file. */
  readonly key: string
  readonly result: JobResult
  /** github, inputs, needs, matrix, strategy, vars. */
  readonly contexts: JsonObject
  /** Including those of the environment. */
  readonly secrets: Readonly<Record<string, string>>
  readonly permissions: Permissions
  /** Aborted to cancel the job. */
  readonly signal: AbortSignal
}

/** The post step of an action. */
interface Post {
  readonly name: string
  run(step: {
    readonly result: StepResult
    readonly reader: CommandReader
    readonly signal: AbortSignal
    readonly limit: AbortSignal
  }): Promise<'done' | 'skipped'>
}

function unsignedToken(claims: JsonObject): string {
  const part = (value: JsonObject) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.simulated`
}

export class JobFrame {
  readonly init: JobInit
  readonly masks = new Masks()
  readonly trackingId = `github_${randomUUID()}`
  readonly folders: { readonly workspace: string; readonly temp: string; readonly home: string; readonly tools: string }
  readonly token: string
  readonly runtimeToken: string
  /** Variables of the workflow and the job, and those that steps wrote to GITHUB_ENV. */
  readonly env: Record<string, string> = {}
  /** Folders that steps wrote to GITHUB_PATH, latest first. */
  readonly path: string[] = []
  /** Post steps of actions; the last one registered runs first. */
  readonly posts: Post[] = []
  /** `job.status` of steps. */
  status: 'success' | 'failure' | 'cancelled' = 'success'
  /** Aborted when the job is cancelled: the running step ends, unless its `if` is still true. */
  readonly cancelled: AbortSignal
  /** Aborted `cancel-timeout-minutes` later: every step ends. */
  readonly forced: AbortSignal
  services: JsonObject = {}

  constructor(
    init: JobInit,
    folder: string,
    signals: { readonly cancelled: AbortSignal; readonly forced: AbortSignal },
  ) {
    this.init = init
    this.cancelled = signals.cancelled
    this.forced = signals.forced
    const { name } = init.run.repository
    this.folders = {
      workspace: join(folder, 'work', name, name),
      temp: join(folder, 'work', '_temp'),
      home: join(folder, 'home'),
      tools: join(folder, 'tools'),
    }
    this.token =
      this.world.options.api?.issue(init.permissions, { run: init.run.id, job: init.result.id }) ??
      `ghs_${randomUUID()}`
    const exp = 4_102_444_800
    this.runtimeToken = unsignedToken({
      scp: `Actions.ExampleScope Actions.Results:backend-${init.run.id}:${init.result.id}`,
      exp,
    })
    for (const secret of [...Object.values(init.secrets), this.token, this.runtimeToken]) this.masks.add(secret)
  }

  get world() {
    return this.init.run.world
  }

  async makeFolders(): Promise<void> {
    for (const folder of Object.values(this.folders)) await mkdir(folder, { recursive: true })
  }

  stepStatus(): Status {
    return {
      success: this.status === 'success',
      failure: this.status === 'failure',
      cancelled: this.status === 'cancelled',
    }
  }

  /** https://docs.github.com/actions/reference/workflows-and-actions/contexts#github-context */
  github(action: JsonObject = {}): JsonObject {
    return {
      ...(this.init.contexts.github as JsonObject),
      token: this.token,
      job: this.init.key,
      workspace: this.folders.workspace,
      event_path: join(this.folders.temp, '_github_workflow', 'event.json'),
      ...action,
    }
  }

  /** Contexts for expressions of a step, except `env`, `steps` and, in an action, `inputs`. */
  contexts(): JsonObject {
    return {
      ...this.init.contexts,
      github: this.github(),
      secrets: { ...this.init.secrets, GITHUB_TOKEN: this.token },
      job: { status: this.status, services: this.services, ...this.#definition() },
      runner: this.runner(),
    }
  }

  /** The workflow file of the job; in a called workflow it is not the file that started the run. */
  #definition(): JsonObject {
    const { repository, path, sha } = this.init.workflow
    return { workflow_repository: repository.fullName, workflow_file_path: path, workflow_sha: sha }
  }

  /** https://docs.github.com/actions/reference/workflows-and-actions/contexts#runner-context */
  runner(): JsonObject {
    return {
      name: 'simulated',
      os: 'Linux',
      arch: process.arch === 'arm64' ? 'ARM64' : 'X64',
      temp: this.folders.temp,
      tool_cache: this.folders.tools,
      environment: 'github-hosted',
      workspace: dirname(this.folders.workspace),
    }
  }

  /** For `uses:` steps only: github.com/actions/runner, src/Runner.Worker/Handlers/NodeScriptActionHandler.cs. */
  actionTokens(): Record<string, string> {
    const { resultsUrl, idTokenUrl } = this.world.options
    return {
      ACTIONS_RUNTIME_TOKEN: this.runtimeToken,
      ACTIONS_RUNTIME_URL: `${resultsUrl ?? unreachable}/`,
      ACTIONS_RESULTS_URL: `${resultsUrl ?? unreachable}/`,
      ...(allows(this.init.permissions, 'id-token', 'write') && idTokenUrl !== undefined
        ? { ACTIONS_ID_TOKEN_REQUEST_URL: idTokenUrl, ACTIONS_ID_TOKEN_REQUEST_TOKEN: this.runtimeToken }
        : {}),
    }
  }
}

/** No process listens there: a test that connects to GitHub fails instead of leaving the machine. */
export const unreachable = 'http://127.0.0.1:9'

/** Converts the value of a context to a variable. */
export function variable(value: Json | undefined): string {
  return value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
}
