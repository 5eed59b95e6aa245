// The simulated GitHub Actions: events start workflows of a repository, whose runs start others by `workflow_run`.
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConcurrencyGroups } from './concurrency.ts'
import { aboutRun, type Occurrence, occurrenceOf, type SimulatedEvent } from './events.ts'
import { git } from './git.ts'
import { githubGrace } from './process.ts'
import type { Repository } from './repository.ts'
import type { RunResult } from './results.ts'
import { type LiveRun, startRun } from './run.ts'
import { allSettled } from './settled.ts'
import { isTriggered } from './triggers.ts'
import { type WorkflowFile, workflowsAt } from './workflow-file.ts'
import type { SimulatorOptions, World } from './world.ts'

export type { LiveRun } from './run.ts'

/** Maximum length of a chain of `workflow_run` events. */
const chainLimit = 3

/**
 * Shared by all simulators: run IDs are unique on GitHub, and several simulators may share one repository and its API.
 */
let lastRun = 1000

/** The runs of one event, and of the runs that it caused; the list grows until `done`. */
export interface TriggeredRuns {
  readonly runs: readonly LiveRun[]
  /**
   * Resolves to every run once all have ended, including those of `workflow_run`; rejects if a workflow is invalid or
   * not supported.
   */
  readonly done: Promise<RunResult[]>
}

export class Simulator {
  readonly world: World
  readonly #options: SimulatorOptions
  readonly #exports = new Map<string, Promise<string>>()
  readonly #numbers = new Map<string, number>()

  private constructor(options: SimulatorOptions, folder: string) {
    this.#options = options
    this.world = {
      options,
      folder,
      concurrency: new ConcurrencyGroups(),
      grace: options.grace ?? githubGrace,
      minute: options.minute ?? 60_000,
      createdEnvironments: new Set(),
      exported: (repository, sha) => this.#exported(repository, sha),
    }
  }

  /** The caller must call `close`: the folder contains every job's workspace. */
  static async open(options: SimulatorOptions): Promise<Simulator> {
    const folder = await mkdtemp(join(tmpdir(), 'simulated-runs-'))
    await chmod(folder, 0o755) // like a runner's work folder: other users may enter
    return new Simulator(options, folder)
  }

  /**
   * Starts the workflows that listen to an event, and resolves when all resulting runs have ended. Rejects like
   * `TriggeredRuns.done`.
   */
  async trigger(event: SimulatedEvent): Promise<RunResult[]> {
    return (await this.start(event)).done
  }

  /** Like {@link trigger} for one dispatched workflow: resolves to its run. */
  async dispatch(workflow: string, inputs: Readonly<Record<string, string>> = {}, ref?: string): Promise<RunResult> {
    const runs = await this.trigger({
      event: 'workflow_dispatch',
      workflow,
      inputs,
      ...(ref === undefined ? {} : { ref }),
    })
    const run = runs.find(({ path }) => path.endsWith(`/${workflow}`))
    if (run === undefined)
      throw new Error(`${workflow} cannot be dispatched: it is not there or does not listen to workflow_dispatch`)
    return run
  }

  /** Starts the workflows that listen to an event; resolves once they have started. */
  async start(event: SimulatedEvent): Promise<TriggeredRuns> {
    const occurrence = await occurrenceOf(event, this.#options.repository)
    const runs: LiveRun[] = []
    const first = await this.#begin(occurrence, runs)
    const done = allSettled(first).then(() => runs.map(({ result }) => result))
    // The caller may await `done` later.
    done.catch(() => undefined)
    return { runs, done }
  }

  async close(): Promise<void> {
    await rm(this.world.folder, { recursive: true, force: true })
  }

  /** Resolves to promises that settle when each run, and the runs that it caused, have ended. */
  async #begin(occurrence: Occurrence, runs: LiveRun[]): Promise<Promise<void>[]> {
    const { repository, workflows } = this.#options
    const files = await workflowsAt(repository, occurrence.filesAt, workflows)
    const triggered = await Promise.all(files.map((file) => isTriggered(file, occurrence)))
    return files.filter((_, index) => triggered[index]).map((file) => this.#run(file, occurrence, runs))
  }

  async #run(file: WorkflowFile, occurrence: Occurrence, runs: LiveRun[]): Promise<void> {
    const number = (this.#numbers.get(file.path) ?? 0) + 1
    this.#numbers.set(file.path, number)
    lastRun += 1
    const live = startRun(this.world, file, occurrence, { id: lastRun, number })
    runs.push(live)
    this.#options.api?.runChanged?.(live.result, occurrence.payload)
    await allSettled([
      this.#tell(live.result, ['requested', 'in_progress'], occurrence, runs),
      live.done.then(() => undefined),
    ])
    this.#options.api?.runChanged?.(live.result, occurrence.payload)
    await this.#tell(live.result, ['completed'], occurrence, runs)
  }

  async #tell(run: RunResult, actions: readonly string[], about: Occurrence, runs: LiveRun[]): Promise<void> {
    if (about.depth >= chainLimit) return
    for (const action of actions) {
      const occurrence = await aboutRun(run, action, about, this.#options.repository)
      await allSettled(await this.#begin(occurrence, runs))
    }
  }

  #exported(repository: Repository, sha: string): Promise<string> {
    const key = `${repository.folder}@${sha}`
    const known = this.#exports.get(key) ?? this.#export(repository, sha)
    this.#exports.set(key, known)
    return known
  }

  async #export(repository: Repository, sha: string): Promise<string> {
    const folder = join(this.world.folder, '_actions', repository.fullName, sha)
    await mkdir(folder, { recursive: true })
    await git(folder, 'clone', '--quiet', '--shared', '--no-checkout', repository.folder, '.')
    await git(folder, 'checkout', '--quiet', '--detach', sha)
    await rm(join(folder, '.git'), { recursive: true, force: true })
    return folder
  }
}
