// Where an action's inputs come from, in which order, and that a schedule and a dispatch mean the same.
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

test('with: wins over the variable, the variable over the fallback', () => {
  expect(read({ 'INPUT_KEEP-DAYS': '7', KEEP_DAYS: '8' }).keepDays).toBe(7)
  expect(read({ 'INPUT_KEEP-DAYS': '', KEEP_DAYS: '8' }).keepDays).toBe(8)
  expect(read({ 'INPUT_KEEP-DAYS': ' ' }).keepDays).toBe(30)
})

test('an empty input means the default of the action, not that of the command line', () => {
  expect(read({ 'INPUT_INSTALL-TOOLS': '' }).installTools).toBe(true)
  expect(read({ 'INPUT_INSTALL-TOOLS': 'false' }).installTools).toBe(false)
})

test('an empty trigger on a schedule is scheduled, and manual on a dispatch', () => {
  expect(read({ INPUT_TRIGGER: '', GITHUB_EVENT_NAME: 'schedule' }).trigger).toBe('scheduled')
  expect(read({ INPUT_TRIGGER: '', GITHUB_EVENT_NAME: 'workflow_dispatch' }).trigger).toBe('manual')
})

test('every default in a table is one that the host can evaluate, and no other expression is', async () => {
  const commands = await Promise.all(Object.values(registry).map(({ load }) => load()))
  const defaults = commands.flatMap(({ inputs }) => Object.values(inputs).map(({ inAction = '' }) => inAction))
  for (const text of defaults) expect(() => evaluate(text, nowhere)).not.toThrow()
  expect(() => evaluate(expression('inputs.x'), nowhere)).toThrow('cannot evaluate')
})

const nowhere = { environment: {}, event: undefined }
const expression = (text: string) => `\${{ ${text} }}`

test('a default out of the event is the first property that is there', () => {
  const text = expression('github.event.pull_request.base.sha || github.event.merge_group.base_sha')
  expect(evaluate(text, { environment: {}, event: { pull_request: { base: { sha: 'abc' } } } })).toBe('abc')
  expect(evaluate(text, { environment: {}, event: { merge_group: { base_sha: 'def' } } })).toBe('def')
  expect(evaluate(text, nowhere)).toBe('')
  expect(evaluate(expression('github.event.number'), { environment: {}, event: { number: 7 } })).toBe('7')
  expect(evaluate(expression('github.sha'), { environment: { GITHUB_SHA: 'abc' }, event: undefined })).toBe('abc')
  expect(evaluate(expression("github.event.number || 'HEAD'"), nowhere)).toBe('HEAD')
  expect(evaluate(expression("github.ref_type != 'tag' && 'branch' || 'tag'"), nowhere)).toBe('branch')
})
