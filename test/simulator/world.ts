// What a simulator is given, and what its runs share.
import type { ConcurrencyGroups } from './concurrency.ts'
import type { JsonObject } from './json.ts'
import type { Permissions } from './permissions.ts'
import type { Grace } from './process.ts'
import type { Repository } from './repository.ts'
import type { JobResult, RunResult } from './results.ts'

/** What a fake of a remote action may see and do. */
export interface ActionCall {
  /** What stands in `with:`; a fake knows its own defaults. */
  readonly with: Readonly<Record<string, string>>
  /** The step's variables, as a node action would get them. */
  readonly env: Readonly<Record<string, string>>
  readonly workspace: string
  /** GITHUB_TOKEN, what `token` inputs default to. */
  readonly token: string
  /** The part behind owner/name, '' for the root; and what stands behind `@`. */
  readonly subpath: string
  readonly ref: string
  readonly runRepository: Repository
  log(line: string): void
  /** As GITHUB_ENV and GITHUB_PATH do, for the steps that follow. */
  setEnv(name: string, value: string): void
  addPath(folder: string): void
  mask(value: string): void
  /** Runs after the job's steps. */
  post(work: () => Promise<void>): void
}

/** Resolves to the step's outputs; a rejection fails the step. */
export type FakeAction = (call: ActionCall) => Promise<Readonly<Record<string, string>> | undefined>

/** A real action that lies on this disk, in place of a remote one. */
interface ActionFolder {
  readonly folder: string
}

export interface Environment {
  readonly secrets?: Readonly<Record<string, string>>
  readonly vars?: Readonly<Record<string, string>>
  /** Asked before a job that names the environment starts; false rejects it. */
  approve?(request: { readonly job: string; readonly run: number; readonly ref: string }): boolean | Promise<boolean>
  /** Branch patterns that may deploy; all without it. */
  readonly branches?: readonly string[]
}

interface ServiceRequest {
  readonly job: string
  readonly name: string
  readonly image: string
  readonly env: Readonly<Record<string, string>>
}

export interface Service {
  /** Ports of the container and where they are reached on 127.0.0.1, for example { '5432': '41234' }. */
  readonly ports: Readonly<Record<string, string>>
  stop?(): Promise<void>
}

/** Where GITHUB_TOKEN is good: the fake API. */
export interface TokenIssuer {
  readonly url: string
  issue(permissions: Permissions, owner: { readonly run: number; readonly job: string }): string
  /** Tokens end with their jobs. */
  revoke(token: string): void
  /** Told when a run starts and when it ends. */
  runChanged?(run: RunResult, payload: JsonObject): void
}

export interface SimulatorOptions {
  readonly repository: Repository
  /**
   * The only workflow files that count, by name, as if the others were disabled: CI would run the tests within a test.
   */
  readonly workflows?: readonly string[]
  /** Of the repository; not given to forks and Dependabot. */
  readonly secrets?: Readonly<Record<string, string>>
  readonly dependabotSecrets?: Readonly<Record<string, string>>
  readonly vars?: Readonly<Record<string, string>>
  /** By name. One that is missing here is created without protection when a job names it, as on GitHub. */
  readonly environments?: Readonly<Record<string, Environment>>
  /** By owner/name or owner/name/subpath. A remote action that is not here is an error. */
  readonly actions?: Readonly<Record<string, FakeAction | ActionFolder>>
  /** Other repositories, whose workflows may be called, by owner/name. */
  readonly repositories?: readonly Repository[]
  /** Starts what `services:` names; without it, `services:` is an error. */
  startService?(request: ServiceRequest): Promise<Service>
  /** `host` runs the steps of `container:` jobs on this machine; without it, `container:` is an error. */
  readonly containers?: 'host'
  readonly api?: TokenIssuer
  /** ACTIONS_RESULTS_URL, the service behind artifacts. */
  readonly resultsUrl?: string
  /** ACTIONS_ID_TOKEN_REQUEST_URL, given to steps of jobs with `id-token: write`. */
  readonly idTokenUrl?: string
  /** Permissions of workflows that name none; the restricted default without it. */
  readonly defaultPermissions?: Permissions
  /** What the runner's machine has besides PATH and HOME. */
  readonly machineEnv?: Readonly<Record<string, string>>
  /** Folders before the machine's PATH. */
  readonly path?: readonly string[]
  /** Milliseconds that pass for a minute in `timeout-minutes`; 60 000 without it. */
  readonly minute?: number
  /** Shorter waits between the signals of a cancellation. */
  readonly grace?: Grace
  /** Hears every masked line as it is printed. */
  onLine?(line: string, where: { readonly job: string; readonly step: string }): void
}

export interface World {
  readonly options: SimulatorOptions
  /** Holds everything the runs write. */
  readonly folder: string
  readonly concurrency: ConcurrencyGroups
  readonly grace: Grace
  readonly minute: number
  /** Environments that jobs named and nobody had made. */
  readonly createdEnvironments: Set<string>
  /** The files of a commit, as a runner downloads an action. */
  exported(repository: Repository, sha: string): Promise<string>
}

/** One run, while it goes on. */
export interface RunFrame {
  readonly world: World
  readonly id: number
  readonly repository: Repository
  /** False for forks and Dependabot: no secrets, a token that reads. */
  readonly trust: 'full' | 'fork' | 'dependabot'
  readonly headBranch: string
  readonly signal: AbortSignal
  readonly github: JsonObject
  readonly jobs: JobResult[]
}
