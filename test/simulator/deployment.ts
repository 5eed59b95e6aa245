// `environment:` of a job: permitted branches, approval, secrets and variables.
// https://docs.github.com/actions/reference/workflows-and-actions/deployments-and-environments
import { included } from './filter-patterns.ts'
import type { JobResult } from './results.ts'
import type { RunFrame } from './world.ts'

interface Environments {
  readonly approved: boolean
  readonly secrets: Readonly<Record<string, string>>
  readonly vars: Readonly<Record<string, string>>
}

const nothing: Environments = { approved: true, secrets: {}, vars: {} }

/** Applies a job's environment. A workflow of another owner receives none of its secrets and variables. */
export async function admitted(run: RunFrame, job: JobResult, owner: string): Promise<Environments> {
  const name = job.environment
  if (name === undefined) return nothing
  const environment = run.world.options.environments?.[name]
  if (environment === undefined) {
    run.world.createdEnvironments.add(name)
    return nothing
  }
  const reject = (message: string): Environments => {
    job.annotations.push({ level: 'error', message, properties: {} })
    return { approved: false, secrets: {}, vars: {} }
  }
  const ref = String(run.github.ref ?? '')
  const branch = ref.replace(/^refs\/(heads|tags)\//, '')
  if (environment.branches !== undefined && !included(environment.branches, branch)) {
    return reject(`Branch "${branch}" is not allowed to deploy to ${name} due to environment protection rules.`)
  }
  const approved = (await environment.approve?.({ job: job.id, run: run.id, ref })) ?? true
  if (!approved) return reject(`The deployment to ${name} was rejected.`)
  const own = owner === run.repository.owner
  return { approved, secrets: own ? (environment.secrets ?? {}) : {}, vars: own ? (environment.vars ?? {}) : {} }
}
