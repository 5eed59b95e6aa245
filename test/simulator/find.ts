// Finds runs, jobs, steps and their output in results.
import type { JobResult, RunResult, StepResult } from './results.ts'

/** The run of a workflow file, for example `backup.yml`. Throws if it did not run. */
export function runOf(runs: readonly RunResult[], file: string): RunResult {
  const run = runs.find(({ path }) => path.endsWith(`/${file}`))
  if (run === undefined)
    throw new Error(`${file} did not run; there are ${runs.map(({ path }) => path).join(', ') || 'no runs'}`)
  return run
}

/** A job by its id or its name. */
export function jobOf(run: RunResult, job: string): JobResult {
  const found = run.jobs.find(({ id, name }) => id === job || name === job)
  if (found === undefined)
    throw new Error(`no job '${job}'; there are ${run.jobs.map(({ id }) => id).join(', ') || 'none'}`)
  return found
}

/** A step by its id or its name; also one inside a composite action. */
export function stepOf(job: JobResult, step: string): StepResult {
  const all = job.steps.flatMap((outer) => [outer, ...outer.steps])
  const found = all.find(({ id, name }) => id === step || name === step)
  if (found === undefined)
    throw new Error(`no step '${step}'; there are ${all.map(({ name }) => name).join(', ') || 'none'}`)
  return found
}

/** Every line that a job printed, masked. */
export function logOf(job: JobResult): string {
  return job.steps.flatMap(({ log }) => log).join('\n')
}

/** The summaries of a job's steps, at most 20, as on GitHub. */
export function summaryOf(job: JobResult): string {
  const summaries = job.steps.map(({ summary }) => summary).filter((summary) => summary !== '')
  return summaries.slice(0, 20).join('\n')
}

export function annotationsOf(job: JobResult): string[] {
  const all = [...job.annotations, ...job.steps.flatMap(({ annotations }) => annotations)]
  return all.map(({ level, message }) => `${level}: ${message}`)
}

/** Results of a run's jobs, by ID; matrix jobs by name. */
export function resultsOf(run: RunResult): Record<string, string> {
  return Object.fromEntries(run.jobs.map(({ id, name, matrix, result }) => [matrix === null ? id : name, result]))
}
