// Whether an event starts a workflow: activity types, branch, tag and path filters, names of workflows, cron lines.
import type { Occurrence } from './events.ts'
import { anyPasses, passes } from './filter-patterns.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import type { WorkflowFile } from './workflow-file.ts'

/** https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request */
const defaultTypes: Readonly<Record<string, readonly string[]>> = {
  pull_request: ['opened', 'synchronize', 'reopened'],
}

function texts(value: Json | undefined): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined
  return Array.isArray(value) ? value.map(String) : [String(value)]
}

function typeMatches(config: JsonObject, { event, action }: Occurrence): boolean {
  const types = texts(config.types) ?? defaultTypes[event]
  return types === undefined || action === undefined || types.includes(action)
}

function refMatches(config: JsonObject, { filtered, event }: Occurrence): boolean {
  const branches = [texts(config.branches), texts(config['branches-ignore'])] as const
  const tags = [texts(config.tags), texts(config['tags-ignore'])] as const
  const hasBranches = branches.some((list) => list !== undefined)
  const hasTags = tags.some((list) => list !== undefined)
  if (filtered.branch !== undefined) {
    // A push workflow with only tag filters does not run for branches, and vice versa.
    if (event === 'push' && hasTags && !hasBranches) return false
    return passes(...branches, filtered.branch)
  }
  if (filtered.tag !== undefined) return hasTags ? passes(...tags, filtered.tag) : !hasBranches
  return true
}

async function pathsMatch(config: JsonObject, occurrence: Occurrence): Promise<boolean> {
  const [only, ignore] = [texts(config.paths), texts(config['paths-ignore'])]
  // Path filters do not apply to tags.
  if ((only === undefined && ignore === undefined) || occurrence.filtered.tag !== undefined) return true
  return anyPasses(only, ignore, await occurrence.changed())
}

function cronMatches(config: JsonObject, { event, payload }: Occurrence): boolean {
  if (event !== 'schedule' || payload.schedule === null) return true
  const lines = Array.isArray(config.list) ? config.list : []
  return lines.some((line: Json) => isObject(line) && line.cron === payload.schedule)
}

function workflowMatches(config: JsonObject, { event, cause }: Occurrence): boolean {
  return event !== 'workflow_run' || (texts(config.workflows) ?? []).includes(cause?.workflow ?? '')
}

export async function isTriggered(workflow: WorkflowFile, occurrence: Occurrence): Promise<boolean> {
  const config = workflow.on[occurrence.event]
  if (config === undefined) return false
  if (occurrence.only !== undefined && occurrence.only !== workflow.path) return false
  const cheap = [typeMatches, refMatches, cronMatches, workflowMatches].every((matches) => matches(config, occurrence))
  return cheap && (await pathsMatch(config, occurrence))
}

/** The first cron line, for a simulated schedule that names none. */
export function firstCron(workflow: WorkflowFile): string | undefined {
  const lines = workflow.on.schedule?.list
  const [line] = Array.isArray(lines) ? lines : []
  return isObject(line) ? String(line.cron) : undefined
}
