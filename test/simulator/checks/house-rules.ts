// Our rules for workflows, actions and templates, in addition to GitHub's.
// Most are GitHub's own advice: https://docs.github.com/actions/reference/security/secure-use
import { LineCounter, parseDocument, visit } from 'yaml'
import { isObject, type Json, type JsonObject } from '../json.ts'

interface CheckedFile {
  readonly path: string
  readonly text: string
}

type Rule = (workflow: JsonObject, file: CheckedFile) => string[]

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function jobsOf(workflow: JsonObject): [string, JsonObject][] {
  return Object.entries(isObject(workflow.jobs) ? workflow.jobs : {}).filter((pair): pair is [string, JsonObject] =>
    isObject(pair[1]),
  )
}

/** Steps of a workflow's jobs or of a composite action. */
function stepsOf(workflow: JsonObject): JsonObject[] {
  const ofAction = isObject(workflow.runs) ? objects(workflow.runs.steps) : []
  return [...jobsOf(workflow).flatMap(([, job]) => objects(job.steps)), ...ofAction]
}

function eventsOf(workflow: JsonObject): JsonObject {
  const { on = null } = workflow
  if (typeof on === 'string') return { [on]: null }
  return Array.isArray(on) ? Object.fromEntries(on.map((name) => [String(name), null])) : isObject(on) ? on : {}
}

/** Our own action in a template: users replace OWNER, and may pin a commit instead. */
const ownRelease = /^OWNER\/resguardo(\/[\w./-]+)?@v\d+$/

/** `uses:` is a commit with its version in a comment, the checkout, or the workflow's own repository. */
const pinned: Rule = (_, { path, text }) => {
  const lines = new LineCounter()
  const findings: string[] = []
  visit(parseDocument(text, { lineCounter: lines }), {
    Pair(__, { key, value }) {
      if ((key as { value?: unknown }).value !== 'uses') return
      const node = value as { value?: unknown; comment?: string | null; range?: [number, number, number] }
      const uses = String(node.value)
      if (/^[.$]\//.test(uses) || (path.startsWith('templates/') && ownRelease.test(uses))) return
      if (!/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(uses)) findings.push(`uses: ${uses} is not pinned to a commit`)
      else if (!/^\s*v\d+(\.\d+)*/.test(versionOf(text, node.range)))
        findings.push(`uses: ${uses} does not say its version in a comment`)
    },
  })
  return findings
}

function versionOf(text: string, range: [number, number, number] | undefined): string {
  const rest = text.slice(range?.[1] ?? 0)
  return /^[^\n#]*#(.*)/.exec(rest)?.[1] ?? ''
}

/** Permissions are granted per job: the workflow itself has none, or `contents: read`. */
const permissions: Rule = (workflow) => {
  const own = workflow.permissions
  const minimal =
    isObject(own) && Object.entries(own).every(([scope, level]) => scope === 'contents' && level === 'read')
  const broad = jobsOf(workflow).filter(([, job]) => job.permissions !== undefined && !isObject(job.permissions))
  return [
    ...(minimal ? [] : ['permissions: of the workflow must be {} or contents: read']),
    ...broad.map(([id]) => `job ${id}: permissions: must name what it needs`),
  ]
}

/** It would run code of a pull request with the repository's secrets. */
const noPullRequestTarget: Rule = (workflow) =>
  'pull_request_target' in eventsOf(workflow) ? ['pull_request_target must not be used'] : []

/** Untrusted texts, and secrets; both must reach a script through `env:`. */
const untrusted = /\b(inputs|secrets)\b|\bgithub\s*(\.\s*(event|head_ref|base_ref|ref|ref_name)\b|\[|\)|,)/

function expressionsIn(script: Json | undefined): string[] {
  return typeof script === 'string'
    ? [...script.matchAll(/\$\{\{([\s\S]*?)\}\}/g)].map(([, expression = '']) => expression.trim())
    : []
}

const noUntrustedText: Rule = (workflow) =>
  stepsOf(workflow).flatMap((step) => {
    const script = isObject(step.with) ? step.with.script : undefined
    const found = [...expressionsIn(step.run), ...expressionsIn(script)].filter((expression) =>
      untrusted.test(expression),
    )
    return found.map((expression) => `\${{ ${expression} }} stands inside a script: pass it through env:`)
  })

const timeouts: Rule = (workflow) =>
  jobsOf(workflow)
    .filter(([, job]) => job.uses === undefined && job['timeout-minutes'] === undefined)
    .map(([id]) => `job ${id} has no timeout-minutes`)

const credentials: Rule = (workflow) =>
  stepsOf(workflow)
    .filter(({ uses }) => String(uses).startsWith('actions/checkout@'))
    .filter((step) => !isObject(step.with) || step.with['persist-credentials'] !== false)
    .map(() => 'actions/checkout without persist-credentials: false')

const ownSecrets: Rule = (workflow) =>
  jobsOf(workflow)
    .filter(([, job]) => job.secrets === 'inherit' && !/^[.$]\//.test(String(job.uses)))
    .map(([id, job]) => `job ${id}: secrets: inherit hands every secret to ${String(job.uses)}`)

/** A workflow that `paths:` skips does not report, so its required check stays pending. */
const alwaysReports: Rule = (workflow) => {
  const events = eventsOf(workflow)
  if (!('merge_group' in events)) return []
  const filtered = Object.entries(events).filter(
    ([, config]) => isObject(config) && ('paths' in config || 'paths-ignore' in config),
  )
  return filtered.map(
    ([event]) => `${event} has paths: although a check of this workflow is required (it listens to merge_group)`,
  )
}

/**
 * A job with the signing key neither checks out a repository nor rehearses a migration: code of a change could sign.
 */
const signingApart: Rule = (workflow) =>
  jobsOf(workflow)
    .filter(([, job]) => /\b(sign-key|RESGUARDO_SIGN_KEY)\b/.test(JSON.stringify(job.steps ?? [])))
    .filter(([, job]) => objects(job.steps).some(bringsCode))
    .map(([id]) => `job ${id} has the signing key, and code of a change`)

function bringsCode({ uses, with: given }: JsonObject): boolean {
  return (
    String(uses).startsWith('actions/checkout@') ||
    (isObject(given) && ('migrate-command' in given || 'setup-command' in given))
  )
}

/**
 * Without `queue: max`, a second pending run cancels the first. A run that waits for approval blocks the concurrency
 * group of its workflow or job.
 */
const waitingRuns: Rule = (workflow) => {
  const jobs = jobsOf(workflow)
  const groups: [string, Json | undefined, JsonObject[]][] = [
    ['the workflow', workflow.concurrency, jobs.map(([, job]) => job)],
    ...jobs.map(([id, job]): [string, Json | undefined, JsonObject[]] => [`job ${id}`, job.concurrency, [job]]),
  ]
  return groups.flatMap(([of, group, within]) => {
    if (group === undefined) return []
    const { queue, 'cancel-in-progress': cancels = false } = isObject(group) ? group : {}
    const keeps = queue === 'max' || cancels !== false // runs are cancelled on purpose
    const approved = within.some(
      ({ environment }) => typeof environment === 'string' && !environment.endsWith('-secrets'),
    )
    return [
      ...(keeps ? [] : [`concurrency of ${of} cancels runs that wait: queue: max is missing`]),
      ...(approved ? [`concurrency of ${of} is kept while a run waits for the approval of an environment`] : []),
    ]
  })
}

const ofWorkflows: readonly Rule[] = [
  pinned,
  permissions,
  noPullRequestTarget,
  noUntrustedText,
  timeouts,
  credentials,
  ownSecrets,
  alwaysReports,
  signingApart,
  waitingRuns,
]
const ofActions: readonly Rule[] = [pinned, noUntrustedText, credentials]

function findings(rules: readonly Rule[], file: CheckedFile): string[] {
  const content: unknown = parseDocument(file.text).toJS()
  const workflow = (isObject(content as Json) ? content : {}) as JsonObject
  return rules.flatMap((rule) => rule(workflow, file)).map((finding) => `${file.path}: ${finding}`)
}

export function workflowFindings(file: CheckedFile): string[] {
  return findings(ofWorkflows, file)
}

export function actionFindings(file: CheckedFile): string[] {
  return findings(ofActions, file)
}
