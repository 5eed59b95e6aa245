// Steps with `uses:`: node actions with pre, main and post, composite actions, and fakes of remote actions.
import { join } from 'node:path'
import { inputsOf, inputVariables } from './action-inputs.ts'
import { type Action, findAction } from './action-source.ts'
import { runComposite } from './composite-action.ts'
import { hookConditionHolds, textsOf } from './expressions.ts'
import type { JsonObject } from './json.ts'
import { stepEnvironment } from './step-environment.ts'
import { ReportedFailure, type StepCall, scopeOf } from './step-frame.ts'
import { runStepProcess } from './step-process.ts'
import { child, literal, type Token } from './tokens.ts'

type FolderAction = Extract<Action, { kind: 'folder' }>

/** State saved between the phases of one use of an action. */
export type ActionState = Record<string, string>

const nodes = new Set(['node20', 'node24'])

function actionContext(action: FolderAction, call: StepCall): JsonObject {
  return {
    action:
      call.result.id ??
      (action.repository === '' ? '__self' : `__${action.repository.replaceAll(/[^A-Za-z0-9_]/g, '_')}`),
    action_path: action.folder,
    action_ref: action.ref,
    action_repository: action.repository,
  }
}

async function runNode(
  call: StepCall,
  token: Token,
  action: FolderAction,
  script: string,
  state: ActionState,
): Promise<void> {
  const given = textsOf(child(token, 'with'), call.scope)
  const { values, warnings } = inputsOf(action.definition, given, call.scope, literal(child(token, 'uses')) ?? '')
  for (const warning of warnings) call.reader.annotate('warning', warning)
  const { job } = call.frame
  const saved = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]))
  const { exitCode, written } = await runStepProcess(call, {
    command: process.execPath,
    args: [join(action.folder, script)],
    cwd: job.folders.workspace,
    env: { ...inputVariables(values), ...saved, ...job.actionTokens() },
    github: actionContext(action, call),
  })
  Object.assign(state, written.state)
  call.result.exitCode = exitCode
  if (exitCode !== 0) throw new ReportedFailure(`${action.folder} exited with code ${exitCode}`)
}

/** Registers a node action's post, which runs after the job's steps, in reverse order of registration. */
function registerPost(call: StepCall, token: Token, action: FolderAction, state: ActionState): void {
  const runs = child(action.definition, 'runs')
  const script = literal(child(runs, 'post'))
  const { job } = call.frame
  if (script === undefined) return
  const condition = child(runs, 'post-if')
  job.posts.push({
    name: `Post ${call.result.name}`,
    async run(hook) {
      const env = { ...job.env, ...call.env }
      const scope = scopeOf({ ...call.frame, status: () => job.stepStatus() }, env)
      if (!hookConditionHolds(condition, scope)) return 'skipped'
      await runNode({ ...call, ...hook, env, scope }, token, action, script, state)
      return 'done'
    },
  })
}

/** Runs the pre of a downloaded action, before the job's first step. Resolves to whether it ran. */
export async function runPre(call: StepCall, token: Token, action: FolderAction, state: ActionState): Promise<boolean> {
  const runs = child(action.definition, 'runs')
  const script = literal(child(runs, 'pre'))
  if (script === undefined || !hookConditionHolds(child(runs, 'pre-if'), call.scope)) return false
  await runNode(call, token, action, script, state)
  return true
}

async function runFake(call: StepCall, token: Token, action: Extract<Action, { kind: 'fake' }>): Promise<void> {
  const { job } = call.frame
  const github = call.scope.contexts.github as JsonObject
  const outputs = await action.fake({
    with: textsOf(child(token, 'with'), call.scope),
    env: { ...stepEnvironment(job, call.env, github), ...job.actionTokens() },
    workspace: job.folders.workspace,
    token: job.token,
    subpath: action.subpath,
    ref: action.ref,
    runRepository: job.init.run.repository,
    log: (line) => call.reader.line(line),
    setEnv: (name, value) => void Object.assign(job.env, { [name]: value }),
    addPath: (folder) => void job.path.unshift(folder),
    mask: (value) => job.masks.add(value),
    post: (work) => job.posts.push({ name: `Post ${call.result.name}`, run: () => work().then(() => 'done') }),
  })
  Object.assign(call.result.outputs, outputs)
}

export async function runAction(call: StepCall, token: Token, saved: ActionState = {}): Promise<void> {
  const uses = literal(child(token, 'uses')) ?? ''
  const action = await findAction(uses, call.frame)
  if (action.kind === 'fake') return runFake(call, token, action)
  const runs = child(action.definition, 'runs')
  const using = literal(child(runs, 'using')) ?? ''
  if (using === 'composite') return runComposite(call, token, action, actionContext(action, call))
  if (!nodes.has(using)) throw new Error(`${uses}: 'using: ${using}' is not supported by the simulator`)
  if (!action.downloaded && child(runs, 'pre') !== undefined) {
    call.reader.annotate('warning', `\`pre\` execution is not supported for local action from '${uses}'`)
  }
  if (action.downloaded && call.frame.actionFolder !== undefined && child(runs, 'pre') !== undefined) {
    throw new Error(`${uses}: an action with 'pre' inside a composite action is not supported by the simulator`)
  }
  registerPost(call, token, action, saved)
  await runNode(call, token, action, literal(child(runs, 'main')) ?? '', saved)
}
