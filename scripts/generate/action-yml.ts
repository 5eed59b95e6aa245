// Generates the action.yml of an action from its command's tables.
import { stringify } from 'yaml'
import type { Command } from '../../src/commands/command.ts'
import { hostOutputs } from '../../src/hosts/action/outputs.ts'
import { allowed, fallbackText } from '../../src/inputs/describe.ts'
import type { InputRow } from '../../src/inputs/kinds.ts'
import type { ActionEntry } from './action-list.ts'

const header = '# Generated from the input tables in src/ by `npm run generate`: do not edit.\n'

/** The complete file. */
export function actionYml(entry: ActionEntry, command: Command): string {
  const { folder, title, icon, color } = entry
  const inputs = Object.entries(command.inputs).map(([name, row]) => [name, inputOf(row)])
  const outputs = Object.entries({ ...command.outputs, ...hostOutputs }).map(([name, description]) => [
    name,
    { description },
  ])
  const action = {
    name: title,
    description: command.summary,
    author: 'Resguardo',
    branding: { icon, color },
    inputs: Object.fromEntries(inputs),
    outputs: Object.fromEntries(outputs),
    runs: { using: 'node24', main: `${'../'.repeat(depthOf(folder))}dist/${entry.command}.js` },
  }
  return header + stringify(action, { lineWidth: 0, singleQuote: true })
}

function depthOf(folder: string): number {
  return folder === '' ? 0 : folder.split('/').length
}

function inputOf(row: InputRow): object {
  const fallback = actionDefault(row)
  return { description: descriptionOf(row), required: false, ...(fallback === undefined ? {} : { default: fallback }) }
}

/** The description of an input: its purpose, its permitted values, and its fallbacks. */
export function descriptionOf(row: InputRow): string {
  return [`${row.summary}.`, ...allowedOf(row), ...variablesOf(row)].join(' ')
}

function allowedOf(row: InputRow): string[] {
  if (row.kind === 'text' || row.kind === 'secret') return []
  if (row.kind === 'lines') return ['One per line.']
  if (row.kind === 'choice' && row.choices.length === 1) return []
  const text = allowed(row)
  return [`${text.charAt(0).toUpperCase()}${text.slice(1)}.`]
}

function variablesOf(row: InputRow): string[] {
  const variables = row.environment ?? []
  if (variables.length === 0 || row.inAction !== undefined) return []
  const rest = fallbackText(row)
  return [
    `If empty: ${[...variables.map((name) => `the variable ${name}`), ...(rest === undefined ? [] : [rest])].join(', then ')}.`,
  ]
}

/**
 * The input's default in action.yml. An input with environment variables has none there: GitHub always passes a
 * default, so the variables would never be read. The command has the same default, which also replaces an empty text.
 */
export function actionDefault(row: InputRow): string | undefined {
  if (row.inAction !== undefined) return row.inAction
  if (row.kind === 'secret' || row.environment !== undefined) return undefined
  if (row.kind === 'flag') return String(row.fallback)
  return row.kind === 'lines' ? row.fallback?.join('\n') : fallbackText(row)
}
