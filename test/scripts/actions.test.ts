// What is generated for actions: files that GitHub's own parser takes, and defaults that mean what the host means.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { NoOperationTraceWriter } from '@actions/workflow-parser'
import { parseAction } from '@actions/workflow-parser/actions/action-parser'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { actionEntries } from '../../scripts/generate/action-list.ts'
import { actionPage, actionsBlock } from '../../scripts/generate/action-pages.ts'
import { actionDefault, actionYml } from '../../scripts/generate/action-yml.ts'
import type { Command } from '../../src/commands/command.ts'
import { evaluate } from '../../src/hosts/action/expressions.ts'
import { readInputs } from '../../src/hosts/action/inputs.ts'
import { hostOutputs } from '../../src/hosts/action/outputs.ts'
import { collectInputs } from '../../src/inputs/parse.ts'
import { registry } from '../../src/main/registry.ts'

const root = join(import.meta.dirname, '../..')
const entries = actionEntries.filter(({ command }) => command in registry)

async function commandOf(name: string): Promise<Command> {
  const found = await registry[name]?.load()
  if (!found) throw new Error(`no command ${name}`)
  return found
}

interface ActionFile {
  readonly inputs: Record<string, { description: string; required: boolean; default?: string }>
  readonly outputs: Record<string, { description: string }>
  readonly runs: { using: string; main: string }
  readonly branding: { icon: string; color: string }
}

test('every entry of an action is listed, and every action has an entry', () => {
  const files = readdirSync(join(root, 'src/main/actions')).filter((name) => name !== 'start.ts')
  expect(new Set(files)).toEqual(new Set(actionEntries.map(({ command }) => `${command}.ts`)))
})

test.each(entries)("action.yml of $command passes GitHub's parser", async (entry) => {
  const text = actionYml(entry, await commandOf(entry.command))
  const parsed = parseAction({ name: 'action.yml', content: text }, new NoOperationTraceWriter())
  expect(parsed.context.errors.getErrors()).toEqual([])
})

test.each(entries)(
  '$command: every input and output is there, texts all of them, and it starts its own bundle',
  async (entry) => {
    const command = await commandOf(entry.command)
    const { inputs, outputs, runs } = parse(actionYml(entry, command)) as ActionFile
    expect(Object.keys(inputs)).toEqual(Object.keys(command.inputs))
    expect(Object.keys(outputs)).toEqual([...Object.keys(command.outputs), ...Object.keys(hostOutputs)])
    for (const input of Object.values(inputs)) if ('default' in input) expect(typeof input.default).toBe('string')
    expect(runs.using).toBe('node24')
    expect(join(entry.folder, runs.main)).toBe(`dist/${entry.command}.js`)
  },
)

test.each(['schedule', 'workflow_dispatch', 'pull_request'])(
  'on %s an input left out and an empty one mean the same, in every action',
  async (event) => {
    const environment = { GITHUB_EVENT_NAME: event }
    const context = { environment, event: undefined }
    for (const { command: name } of entries) {
      const { inputs } = await commandOf(name)
      const defaults = Object.entries(inputs).map(([input, row]) => {
        return [`INPUT_${input.toUpperCase()}`, evaluate(actionDefault(row) ?? '', context)]
      })
      const given = collectInputs(
        inputs,
        readInputs({ ...context, environment: { ...environment, ...Object.fromEntries(defaults) } }),
      )
      expect(given.problems).toEqual([])
      expect({ name, ...given.values }).toEqual({ name, ...collectInputs(inputs, readInputs(context)).values })
    }
  },
)

test.each(entries)('a secret of $command has no default but an expression', async ({ command: name }) => {
  const { inputs } = await commandOf(name)
  for (const row of Object.values(inputs))
    if (row.kind === 'secret') expect(actionDefault(row) ?? '').toMatch(/^$|^\$\{\{ github\.token \}\}$/)
})

test('an input that looks at variables has no default, which would keep it from looking', () => {
  const row = { kind: 'count', summary: 'Days', fallback: 30, environment: ['KEEP_DAYS'] } as const
  expect(actionDefault(row)).toBeUndefined()
  expect(actionDefault({ ...row, inAction: '7' })).toBe('7')
  expect(actionDefault({ kind: 'flag', summary: 'Dry', fallback: false })).toBe('false')
  expect(actionDefault({ kind: 'lines', summary: 'Lines', fallback: ['a', 'b'] })).toBe('a\nb')
})

test.each(entries)('the example of $command uses inputs that it has', async ({ command: name, example }) => {
  const { inputs } = await commandOf(name)
  expect(Object.keys(example).filter((input) => !(input in inputs))).toEqual([])
})

test('icons and colours are ones that GitHub shows', () => {
  // https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#branding
  const icons = ['activity', 'check-circle', 'database', 'lock', 'rotate-ccw', 'scissors', 'shield', 'upload-cloud']
  const colors = ['white', 'black', 'yellow', 'blue', 'green', 'orange', 'red', 'purple', 'gray-dark']
  for (const { icon, color } of actionEntries) {
    expect(icons).toContain(icon)
    expect(colors).toContain(color)
  }
})

test('the page of an action names every input and output', async () => {
  const [entry] = entries.filter(({ command }) => command === 'dump')
  if (!entry) throw new Error('dump is gone')
  const dump = await commandOf('dump')
  const page = actionPage(entry, dump)
  for (const name of [...Object.keys(dump.inputs), ...Object.keys(dump.outputs)])
    expect(page).toContain(`| \`${name}\` |`)
})

test('the table of actions links the root action to the page of its command', async () => {
  const pairs = await Promise.all(entries.map(async (entry) => [entry, await commandOf(entry.command)] as const))
  expect(actionsBlock(pairs)).toContain('[`OWNER/resguardo@v1`](actions/nightly/README.md)')
})
