// The variables of a step: those of a runner, and none of the machine that runs the tests.
// https://docs.github.com/actions/reference/workflows-and-actions/variables#default-environment-variables
import { dirname } from 'node:path'
import { type JobFrame, variable } from './job-frame.ts'
import type { JsonObject } from './json.ts'

const fromGithub = [
  'action',
  'action_path',
  'action_ref',
  'action_repository',
  'actor',
  'actor_id',
  'api_url',
  'base_ref',
  'event_name',
  'event_path',
  'graphql_url',
  'head_ref',
  'job',
  'ref',
  'ref_name',
  'ref_protected',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'retention_days',
  'run_attempt',
  'run_id',
  'run_number',
  'server_url',
  'sha',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'workspace',
]

const machinePath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** GITHUB_* and RUNNER_* last: neither `env:` nor GITHUB_ENV can change them. */
export function stepEnvironment(
  job: JobFrame,
  env: Readonly<Record<string, string>>,
  github: JsonObject,
): Record<string, string> {
  const { options } = job.world
  const machine = [...(options.path ?? []), dirname(process.execPath), ...machinePath].join(':')
  const known = fromGithub.filter((name) => github[name] !== undefined)
  const defaults = Object.fromEntries(known.map((name) => [`GITHUB_${name.toUpperCase()}`, variable(github[name])]))
  const runner = Object.fromEntries(
    Object.entries(job.runner()).map(([name, value]) => [`RUNNER_${name.toUpperCase()}`, variable(value)]),
  )
  return {
    HOME: job.folders.home,
    LANG: 'C.UTF-8',
    USER: 'runner',
    CI: 'true',
    ...options.machineEnv,
    ...env,
    PATH: [...job.path, env.PATH ?? machine].join(':'),
    GITHUB_ACTIONS: 'true',
    ...defaults,
    ...runner,
    RUNNER_TRACKING_ID: job.trackingId,
  }
}
