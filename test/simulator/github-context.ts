// The context `github` of a run.
// https://docs.github.com/actions/reference/workflows-and-actions/contexts#github-context
import type { Occurrence } from './events.ts'
import { unreachable } from './job-frame.ts'
import type { JsonObject } from './json.ts'
import { firstCron } from './triggers.ts'
import type { WorkflowFile } from './workflow-file.ts'
import type { SimulatorOptions } from './world.ts'

export function githubContext(
  workflow: WorkflowFile,
  occurrence: Occurrence,
  options: SimulatorOptions,
  run: { readonly id: number; readonly number: number; readonly inputs: JsonObject | null },
): JsonObject {
  const { repository } = options
  const { payload, event, ref } = occurrence
  const api = options.api?.url ?? unreachable
  const texts =
    run.inputs === null
      ? null
      : Object.fromEntries(Object.entries(run.inputs).map(([name, value]) => [name, String(value)]))
  return {
    event_name: event,
    event: {
      ...payload,
      ...(event === 'workflow_dispatch' ? { inputs: texts } : {}),
      ...(event === 'schedule' ? { schedule: payload.schedule ?? firstCron(workflow) ?? null } : {}),
      sender: { login: occurrence.actor },
    },
    ref,
    ref_name: ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: 'false',
    sha: occurrence.sha,
    head_ref: occurrence.headRef,
    base_ref: occurrence.baseRef,
    repository: repository.fullName,
    repository_owner: repository.owner,
    repository_id: String(repository.id),
    repository_owner_id: '1',
    repositoryUrl: `git://github.com/${repository.fullName}.git`,
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: '1',
    retention_days: '90',
    actor: occurrence.actor,
    actor_id: '1',
    triggering_actor: occurrence.actor,
    workflow: workflow.name,
    workflow_ref: `${repository.fullName}/${workflow.path}@${ref}`,
    workflow_sha: workflow.sha,
    server_url: 'https://github.com',
    api_url: api,
    graphql_url: `${api}/graphql`,
    secret_source: occurrence.trust === 'full' ? 'Actions' : occurrence.trust === 'dependabot' ? 'Dependabot' : 'None',
  }
}
