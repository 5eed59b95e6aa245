// A small repository with workflows and a simulator of it, for tests of rules.
import { afterEach } from 'vitest'
import { checkout, setupNode } from './fake-actions.ts'
import { type Files, type Repository, type RepositoryOptions, repositoryWith } from './repository.ts'
import { Simulator } from './simulator.ts'
import type { SimulatorOptions } from './world.ts'

interface Sandbox {
  readonly repository: Repository
  readonly simulator: Simulator
}

const opened: Sandbox[] = []

afterEach(async () => {
  for (const { simulator, repository } of opened.splice(0)) {
    await simulator.close()
    await repository.remove()
  }
})

/** Files without a folder in their name are workflows. Everything is removed after the test. */
export async function sandbox(
  files: Files,
  options: Partial<SimulatorOptions> = {},
  repositoryOptions: RepositoryOptions = {},
): Promise<Sandbox> {
  const placed = Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      /^[^/]+\.ya?ml$/.test(path) ? `.github/workflows/${path}` : path,
      text,
    ]),
  )
  const repository = options.repository ?? (await repositoryWith(placed, repositoryOptions))
  const actions = { 'actions/checkout': checkout(), 'actions/setup-node': setupNode, ...options.actions }
  const grace = { interrupt: 150, terminate: 150 }
  const simulator = await Simulator.open({ minute: 1_000, grace, ...options, actions, repository })
  const made = { repository, simulator }
  opened.push(made)
  return made
}
