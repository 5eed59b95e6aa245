// Runs a built action as a runner does: `node dist/<name>.js` in the workspace, inputs as INPUT_*, files for outputs.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { evaluate } from '../../src/hosts/action/expressions.ts'
import { compileCache } from './command-line.ts'

const root = join(import.meta.dirname, '../..')
const fileVariables = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'] as const

export interface ActionResult {
  readonly code: number | null
  /** Lines of standard output as written, including workflow commands. */
  readonly raw: readonly string[]
  /** The log as shown: workflow commands executed, secrets masked. */
  readonly log: string
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
  readonly masks: readonly string[]
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  readonly stderr: string
}

interface ActionRun {
  readonly child: ChildProcess
  readonly finished: Promise<ActionResult>
  /** Resolves once standard output contains the text; rejects if the process ends first. */
  said(text: string): Promise<void>
}

interface ActionStep {
  /** Name of the file in dist/. */
  readonly name: string
  /** Folder of its action.yml, for the defaults. */
  readonly folder?: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  /** Command files that do not exist. */
  readonly lost?: readonly (typeof fileVariables)[number][]
  /** The job's folder; `workspace` and `temp` are created in it. */
  readonly job: string
}

/** INPUT_* variables as the runner sets them: the defaults of action.yml, overridden by `with:`. */
function inputVariables({
  name,
  folder = `actions/${name}`,
  inputs = {},
  environment = {},
}: ActionStep): Record<string, string> {
  const { inputs: declared } = parse(readFileSync(join(root, folder, 'action.yml'), 'utf8')) as {
    inputs: Record<string, { default?: string }>
  }
  const unknown = Object.keys(inputs).filter((input) => !(input in declared))
  if (unknown.length > 0) throw new Error(`${name} has no input ${unknown.join(', ')}`)
  const given = Object.entries(declared).map(([input, { default: text = '' }]) => {
    return [`INPUT_${input.toUpperCase()}`, inputs[input] ?? evaluate(text, { environment, event: undefined })]
  })
  return Object.fromEntries(given)
}

export function startAction(step: ActionStep): ActionRun {
  const [workspace, temp] = [join(step.job, 'workspace'), join(step.job, 'temp')]
  const commandFiles = join(step.job, 'commands', randomUUID())
  for (const folder of [workspace, temp, commandFiles]) mkdirSync(folder, { recursive: true, mode: 0o755 })
  const files = Object.fromEntries(fileVariables.map((name) => [name, join(commandFiles, name.toLowerCase())]))
  for (const [name, file] of Object.entries(files))
    if (!step.lost?.some((lost) => lost === name)) writeFileSync(file, '')
  const child = spawn(process.execPath, [join(root, 'dist', `${step.name}.js`)], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', ...compileCache },
      ...{ CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: workspace, RUNNER_TEMP: temp },
      ...{ GITHUB_REPOSITORY: 'acme/shop', GITHUB_EVENT_NAME: 'workflow_dispatch' },
      ...inputVariables(step),
      ...step.environment,
      ...files,
    },
  })
  return watch(child, (name) => (step.lost?.includes(name) ? '' : readFileSync(files[name] ?? '', 'utf8')))
}

export function runAction(step: ActionStep): Promise<ActionResult> {
  return startAction(step).finished
}

function watch(child: ChildProcess, read: (name: (typeof fileVariables)[number]) => string): ActionRun {
  let [stdout, stderr] = ['', '']
  const waiting = new Set<() => void>()
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    for (const look of waiting) look()
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const finished = new Promise<ActionResult>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const told = asLog(stdout.split('\n').filter((line) => line !== ''))
      resolve({
        code,
        stderr,
        ...told,
        outputs: fileCommands(read('GITHUB_OUTPUT')),
        summary: read('GITHUB_STEP_SUMMARY'),
      })
    })
  })
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (stdout.includes(text)) resolve()
      }
      waiting.add(look)
      look()
      finished.then(
        ({ code }) => reject(new Error(`it ended with ${code} before it said "${text}": ${stdout}${stderr}`)),
        reject,
      )
    })
  return { child, finished, said }
}

type Told = Pick<ActionResult, 'raw' | 'log' | 'errors' | 'warnings' | 'masks'>

/** Converts the output to the log that a runner shows. A mask applies from its line on. */
function asLog(raw: readonly string[]): Told {
  const masks: string[] = []
  const log: string[] = []
  const annotations = { error: [] as string[], warning: [] as string[] }
  const mask = (text: string) => masks.reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
  for (const line of raw) {
    const [, command, value = ''] = /^\s*::([a-z-]+)(?: [^:]*(?:::?[^:]+)*?)?::(.*)$/.exec(line) ?? []
    const text = value.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
    if (command === 'add-mask') masks.push(text)
    else if (command === 'debug') continue
    else {
      if (command === 'error' || command === 'warning') annotations[command].push(mask(text))
      log.push(mask(command === undefined ? line : `##[${command}]${text}`))
    }
  }
  return { raw, masks, log: log.join('\n'), errors: annotations.error, warnings: annotations.warning }
}

/** Parses `name<<delimiter`, lines, `delimiter`. */
function fileCommands(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  const lines = text.split('\n')
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, name, delimiter] = /^([^=]+?)<<(.+)$/.exec(line) ?? []
    if (name === undefined) continue
    const end = lines.indexOf(delimiter ?? '')
    if (end < 0) throw new Error(`the output ${name} has no end`)
    found[name] = lines
      .splice(0, end + 1)
      .slice(0, -1)
      .join('\n')
  }
  return found
}
