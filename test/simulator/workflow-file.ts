// Reads a workflow or an action.yml with GitHub's own parser, strictly: features that the simulator does not support
// are errors.
import { basename } from 'node:path'
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser'
import { parseAction } from '@actions/workflow-parser/actions/action-parser'
import { isObject, type Json, type JsonObject } from './json.ts'
import type { Repository } from './repository.ts'
import { child, entries, items, literal, place, plain, type Token } from './tokens.ts'

export interface WorkflowFile {
  readonly path: string
  readonly name: string
  readonly root: Token
  /** The events it listens to, each with its filters. */
  readonly on: Readonly<Record<string, JsonObject>>
  /** Origin of the file: `$/` and `./` of a called workflow are read there. */
  readonly repository: Repository
  readonly sha: string
}

interface Source {
  readonly path: string
  readonly repository: Repository
  readonly sha: string
}

const unsupported = {
  job: ['snapshot'],
  step: ['background', 'wait', 'wait-all', 'cancel', 'parallel'],
}

/** The outputs of a called workflow are expressions, which are evaluated later. */
function withoutOutputs(token: Token): Json {
  const pairs = entries(token)
  if (pairs.length === 0) return plain(token)
  return Object.fromEntries(pairs.filter(([key]) => key !== 'outputs').map(([key, value]) => [key, plain(value)]))
}

function eventsOf(token: Token | undefined): Record<string, JsonObject> {
  const pairs = entries(token)
  const value: Json =
    pairs.length === 0 ? plain(token) : Object.fromEntries(pairs.map(([key, event]) => [key, withoutOutputs(event)]))
  if (typeof value === 'string') return { [value]: {} }
  if (Array.isArray(value)) return Object.fromEntries(value.map((name: Json) => [String(name), {}]))
  if (!isObject(value)) throw new Error('on: is missing')
  return Object.fromEntries(
    Object.entries(value).map(([name, config]) => [
      name,
      Array.isArray(config) ? { list: config } : isObject(config) ? config : {},
    ]),
  )
}

function rejectUnsupported(root: Token, path: string): void {
  for (const [id, job] of entries(child(root, 'jobs'))) {
    for (const key of unsupported.job) {
      const found = child(job, key)
      if (found !== undefined)
        throw new Error(`${path}: ${place(found)}job '${id}': '${key}' is not supported by the simulator`)
    }
    for (const step of items(child(job, 'steps'))) {
      for (const key of unsupported.step) {
        if (child(step, key) !== undefined) {
          throw new Error(`${path}: ${place(step)}job '${id}': a step's '${key}' is not supported by the simulator`)
        }
      }
    }
  }
}

type Parsed = Pick<WorkflowFile, 'name' | 'root' | 'on'>

const parsed = new Map<string, Promise<Parsed>>()

/**
 * Throws with every error that GitHub's parser finds: unknown keys, contexts that are not available, unknown needs,
 * cycles.
 */
async function parseWorkflowFile(content: string, source: Source): Promise<WorkflowFile> {
  const key = `${source.path}\n${content}`
  const known = parsed.get(key) ?? parse(content, source.path)
  parsed.set(key, known)
  return { ...source, ...(await known) }
}

async function parse(content: string, path: string): Promise<Parsed> {
  const { context, value } = parseWorkflow({ name: path, content }, new NoOperationTraceWriter())
  if (value !== undefined) await convertWorkflowTemplate(context, value)
  const errors = context.errors.getErrors()
  if (errors.length > 0 || value === undefined) {
    throw new Error(`Invalid workflow file ${path}:\n${errors.map((error) => error.message).join('\n')}`)
  }
  rejectUnsupported(value, path)
  return { name: literal(child(value, 'name')) ?? path, root: value, on: eventsOf(child(value, 'on')) }
}

/** Reads one workflow at a commit. */
export async function workflowAt(repository: Repository, sha: string, path: string): Promise<WorkflowFile> {
  return parseWorkflowFile(await repository.read(sha, path), { path, repository, sha })
}

/** Every workflow of a commit, or those with these file names. */
export async function workflowsAt(
  repository: Repository,
  sha: string,
  names?: readonly string[],
): Promise<WorkflowFile[]> {
  const paths = (await repository.list(sha, '.github/workflows')).filter((path) => /\.ya?ml$/.test(path))
  const wanted = paths.filter((path) => names === undefined || names.includes(basename(path)))
  return Promise.all(wanted.map((path) => workflowAt(repository, sha, path)))
}

const inputKeys = new Set(['description', 'required', 'default', 'deprecationMessage'])

/** Parses an action.yml. Throws like {@link parseWorkflowFile}. */
export function parseActionFile(content: string, path: string): Token {
  const { context, value } = parseAction({ name: path, content }, new NoOperationTraceWriter())
  const errors = context.errors.getErrors()
  if (errors.length > 0 || value === undefined) {
    throw new Error(`Invalid action ${path}:\n${errors.map((error) => error.message).join('\n')}`)
  }
  for (const [name, input] of entries(child(value, 'inputs'))) {
    const unknown = entries(input).find(([key]) => !inputKeys.has(key))
    if (unknown !== undefined)
      throw new Error(`Invalid action ${path}: input '${name}' has an unknown key '${unknown[0]}'`)
  }
  return value
}
