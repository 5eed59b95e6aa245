// Options of a simulator, and state that its runs share.
import type { ConcurrencyGroups } from './concurrency.ts'
import type { JsonObject } from './json.ts'
import type { Permissions } from './permissions.ts'
import type { Grace } from './process.ts'
import type { Repository } from './repository.ts'
import type { JobResult, RunResult } from './results.ts'

/** What a fake of a remote action receives and can do. */
export interface ActionCall {
  /** Inputs in `with:`; a fake knows its own defaults. */
  readonly with: Readonly<Record<string, string>>
  /** The step's variables, as a node action receives them. */
  readonly env: Readonly<Record<string, string>>
  readonly workspace: string
  /** GITHUB_TOKEN, the default of `token` inputs. */
  readonly token: string
  /** The path after owner/name ('' for the root); `ref` is the text after `@`. */
  readonly subpath: string
  readonly ref: string
  readonly runRepository: Repository
  log(line: string): void
  /** Like GITHUB_ENV and GITHUB_PATH, for the steps that follow. */
  setEnv(name: string, value: string): void
  addPath(folder: string): void
  mask(value: string): void
  /** Runs after the job's steps. */
  post(work: () => Promise<void>): void
}

/** Resolves to the step's outputs; a rejection fails the step. */
export type FakeAction = (call: ActionCall) => Promise<Readonly<Record<string, string>> | undefined>

/** A real action in a local folder, in place of a remote one. */
interface ActionFolder {
  readonly folder: string
}

export interface Environment {
  readonly secrets?: Readonly<Record<string, string>>
  readonly vars?: Readonly<Record<string, string>>
  /** Called before a job that names the environment starts; false rejects it. */
  approve?(request: { readonly job: string; readonly run: number; readonly ref: string }): boolean | Promise<boolean>
  /** Patterns of branches that may deploy; default: all. */
  readonly branches?: readonly string[]
}

interface ServiceRequest {
  readonly job: string
  readonly name: string
  readonly image: string
  readonly env: Readonly<Record<string, string>>
}

export interface Service {
  /** Ports of the container -> ports on 127.0.0.1, for example { '5432': '41234' }. */
  readonly ports: Readonly<Record<string, string>>
  stop?(): Promise<void>
}

/** Issues GITHUB_TOKENs: the fake API. */
export interface TokenIssuer {
  readonly url: string
  issue(permissions: Permissions, owner: { readonly run: number; readonly job: string }): string
  /** Called at the end of the token's job. */
  revoke(token: string): void
  /** Called when a run starts and when it ends. */
  runChanged?(run: RunResult, payload: JsonObject): void
}

export interface SimulatorOptions {
  readonly repository: Repository
  /** Names of the enabled workflow files; default: all. CI would run the tests within a test. */
  readonly workflows?: readonly string[]
  /** Secrets of the repository; not passed to forks and Dependabot. */
  readonly secrets?: Readonly<Record<string, string>>
  readonly dependabotSecrets?: Readonly<Record<string, string>>
  readonly vars?: Readonly<Record<string, string>>
  /** By name. A missing one is created without protection when a job names it, as on GitHub. */
  readonly environments?: Readonly<Record<string, Environment>>
  /** By owner/name or owner/name/subpath. A missing remote action is an error. */
  readonly actions?: Readonly<Record<string, FakeAction | ActionFolder>>
  /** Other repositories, whose workflows may be called, by owner/name. */
  readonly repositories?: readonly Repository[]
  /** Starts a service of `services:`; without it, `services:` is an error. */
  startService?(request: ServiceRequest): Promise<Service>
  /** `host` runs the steps of `container:` jobs on this machine; without it, `container:` is an error. */
  readonly containers?: 'host'
  readonly api?: TokenIssuer
  /** ACTIONS_RESULTS_URL, the service behind artifacts. */
  readonly resultsUrl?: string
  /** ACTIONS_ID_TOKEN_REQUEST_URL, passed to steps of jobs with `id-token: write`. */
  readonly idTokenUrl?: string
  /** Permissions of workflows without `permissions:`; default: restricted. */
  readonly defaultPermissions?: Permissions
  /** Variables of the runner's machine in addition to PATH and HOME. */
  readonly machineEnv?: Readonly<Record<string, string>>
  /** Folders to put before the machine's PATH. */
  readonly path?: readonly string[]
  /** Milliseconds per minute of `timeout-minutes`; default: 60 000. */
  readonly minute?: number
  /** Shorter waits between the signals of a cancellation. */
  readonly grace?: Grace
  /** Called with every masked line as it is printed. */
  onLine?(line: string, where: { readonly job: string; readonly step: string }): void
}

export interface World {
  readonly options: SimulatorOptions
  /** Folder for everything that the runs write. */
  readonly folder: string
  readonly concurrency: ConcurrencyGroups
  readonly grace: Grace
  readonly minute: number
  /** Environments that jobs named and the options do not contain. */
  readonly createdEnvironments: Set<string>
  /** Exports the files of a commit, as a runner downloads an action; resolves to the folder. */
  exported(repository: Repository, sha: string): Promise<string>
}

/** One run in progress. */
export interface RunFrame {
  readonly world: World
  readonly id: number
  readonly repository: Repository
  /** `fork` and `dependabot`: not the repository's secrets, and a read-only token. */
  readonly trust: 'full' | 'fork' | 'dependabot'
  readonly headBranch: string
  readonly signal: AbortSignal
  readonly github: JsonObject
  readonly jobs: JobResult[]
}
