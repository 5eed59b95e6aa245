// A job that calls a workflow: how it is found, its inputs and secrets, its outputs.
// https://docs.github.com/actions/reference/workflows-and-actions/reusing-workflow-configurations
import { jsonOf, type Scope, textOf, textsOf } from './expressions.ts'
import { typedInputs } from './inputs.ts'
import { isObject, type Json } from './json.ts'
import { checkNotElevated, type Permissions } from './permissions.ts'
import { child, entries, literal, type Token } from './tokens.ts'
import { type WorkflowFile, workflowAt } from './workflow-file.ts'
import { type Needed, type WorkflowFrame, wantedPermissions } from './workflow-frame.ts'

/** `./` and `$/` are the calling workflow's repository at its commit; else owner/name/.github/workflows/file@ref. */
async function find(uses: string, frame: WorkflowFrame): Promise<WorkflowFile> {
  const { repository, sha } = frame.workflow
  const own = uses.match(/^(?:\.|\$)\/(\.github\/workflows\/[^/@]+)$/)?.[1]
  if (own !== undefined) return workflowAt(repository, sha, own)
  const [, fullName, path, ref] = uses.match(/^([^/]+\/[^/]+)\/(\.github\/workflows\/[^/@]+)@(.+)$/) ?? []
  if (fullName === undefined || path === undefined || ref === undefined)
    throw new Error(`uses: ${uses}: not a workflow that can be called`)
  const { options } = frame.run.world
  const found = [options.repository, ...(options.repositories ?? [])].find((other) => other.fullName === fullName)
  if (found === undefined) throw new Error(`uses: ${uses}: the repository is not among the simulator's 'repositories'`)
  return workflowAt(found, await found.resolve(ref), path)
}

function secretsFor(token: Token, workflow: WorkflowFile, frame: WorkflowFrame, scope: Scope): Record<string, string> {
  const given = child(token, 'secrets')
  const { owner } = frame.run.repository
  if (given !== undefined && literalOrUndefined(given) === 'inherit') {
    if (workflow.repository.owner !== owner) {
      throw new Error(
        `secrets: inherit reaches workflows of the same organization or enterprise only, not ${workflow.repository.fullName}`,
      )
    }
    return { ...frame.secrets }
  }
  const passed = textsOf(given, { ...scope, contexts: { ...scope.contexts, secrets: { ...frame.secrets } } })
  const declared = new Map(entries(child(child(child(workflow.root, 'on'), 'workflow_call'), 'secrets')))
  for (const name of Object.keys(passed)) {
    if (!declared.has(name))
      throw new Error(`Invalid secret, ${name} is not defined in the referenced workflow ${workflow.path}`)
  }
  for (const [name, definition] of declared) {
    const required = literal(child(definition, 'required')) === 'true'
    if (required && !(name in passed))
      throw new Error(`Secret ${name} is required, but not provided while calling ${workflow.path}`)
  }
  return passed
}

function literalOrUndefined(token: Token): string | undefined {
  return entries(token).length > 0 ? undefined : literal(token)
}

/** Prepares a called workflow. Throws if GitHub would refuse to start the run. */
export async function calledFrame(
  token: Token,
  frame: WorkflowFrame,
  scope: Scope,
  prefix: WorkflowFrame['prefix'],
): Promise<WorkflowFrame> {
  const workflow = await find(literal(child(token, 'uses')) ?? '', frame)
  const call = workflow.on.workflow_call
  if (call === undefined) throw new Error(`${workflow.path} cannot be called: it does not listen to workflow_call`)
  if (frame.depth >= 10) throw new Error(`${workflow.path}: workflows are nested more than 10 deep`)
  const given = jsonOf(child(token, 'with'), scope)
  const ceiling: Permissions = wantedPermissions(frame, token)
  const called: WorkflowFrame = {
    run: frame.run,
    workflow,
    inputs: typedInputs(call.inputs, isObject(given) ? given : {}, 'call'),
    secrets: secretsFor(token, workflow, frame, scope),
    ceiling,
    prefix,
    depth: frame.depth + 1,
  }
  for (const [id, job] of entries(child(workflow.root, 'jobs')))
    checkNotElevated(wantedPermissions(called, job), ceiling, id)
  return called
}

/** The outputs of a called workflow, from those of its jobs. */
export function outputsOfCall(
  called: WorkflowFrame,
  jobs: ReadonlyMap<string, Needed>,
  scope: Scope,
): Record<string, string> {
  const declared = child(child(child(called.workflow.root, 'on'), 'workflow_call'), 'outputs')
  const context: Json = Object.fromEntries([...jobs].map(([id, { result, outputs }]) => [id, { result, outputs }]))
  const inner = { ...scope, contexts: { ...scope.contexts, inputs: called.inputs, jobs: context } }
  return Object.fromEntries(entries(declared).map(([name, output]) => [name, textOf(child(output, 'value'), inner)]))
}
