// Inputs of an action: sources, their order, and defaults with expressions.
import { expect, test } from 'vitest'
import { evaluate } from '../../../src/hosts/action/expressions.ts'
import { readInputs } from '../../../src/hosts/action/inputs.ts'
import { inputTable } from '../../../src/inputs/kinds.ts'
import { parseInputs } from '../../../src/inputs/parse.ts'
import { registry } from '../../../src/main/registry.ts'

const table = inputTable({
  'keep-days': { kind: 'count', summary: 'Days', fallback: 30, environment: ['KEEP_DAYS'] },
  'install-tools': { kind: 'flag', summary: 'Install', fallback: false, inAction: 'true' },
  trigger: {
    kind: 'text',
    summary: 'Why',
    fallback: 'manual',
    inAction: "${{ github.event_name == 'schedule' && 'scheduled' || 'manual' }}",
  },
})

const read = (environment: Record<string, string>) => parseInputs(table, readInputs({ environment, event: undefined }))

test('the with: value has priority over the variable, and the variable over the default', () => {
  expect(read({ 'INPUT_KEEP-DAYS': '7', KEEP_DAYS: '8' }).keepDays).toBe(7)
  expect(read({ 'INPUT_KEEP-DAYS': '', KEEP_DAYS: '8' }).keepDays).toBe(8)
  expect(read({ 'INPUT_KEEP-DAYS': ' ' }).keepDays).toBe(30)
})

test('for an empty input, the default of the action is used, not that of the command line', () => {
  expect(read({ 'INPUT_INSTALL-TOOLS': '' }).installTools).toBe(true)
  expect(read({ 'INPUT_INSTALL-TOOLS': 'false' }).installTools).toBe(false)
})

test('the default trigger is scheduled for a schedule and manual for a dispatch', () => {
  expect(read({ INPUT_TRIGGER: '', GITHUB_EVENT_NAME: 'schedule' }).trigger).toBe('scheduled')
  expect(read({ INPUT_TRIGGER: '', GITHUB_EVENT_NAME: 'workflow_dispatch' }).trigger).toBe('manual')
})

test('the expression of every default can be evaluated, other expressions are rejected', async () => {
  const commands = await Promise.all(Object.values(registry).map(({ load }) => load()))
  const defaults = commands.flatMap(({ inputs }) => Object.values(inputs).map(({ inAction = '' }) => inAction))
  for (const text of defaults) expect(() => evaluate(text, nowhere)).not.toThrow()
  expect(() => evaluate(expression('inputs.x'), nowhere)).toThrow('cannot evaluate')
})

const nowhere = { environment: {}, event: undefined }
const expression = (text: string) => `\${{ ${text} }}`

test('a default from the event is the first property that exists', () => {
  const text = expression('github.event.pull_request.base.sha || github.event.merge_group.base_sha')
  expect(evaluate(text, { environment: {}, event: { pull_request: { base: { sha: 'abc' } } } })).toBe('abc')
  expect(evaluate(text, { environment: {}, event: { merge_group: { base_sha: 'def' } } })).toBe('def')
  expect(evaluate(text, nowhere)).toBe('')
  expect(evaluate(expression('github.event.number'), { environment: {}, event: { number: 7 } })).toBe('7')
  expect(evaluate(expression('github.sha'), { environment: { GITHUB_SHA: 'abc' }, event: undefined })).toBe('abc')
  expect(evaluate(expression("github.event.number || 'HEAD'"), nowhere)).toBe('HEAD')
  expect(evaluate(expression("github.ref_type != 'tag' && 'branch' || 'tag'"), nowhere)).toBe('branch')
})
