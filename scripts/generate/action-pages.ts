// Documentation of the actions: a README for each, and a table in the root README.
import type { Command } from '../../src/commands/command.ts'
import { hostOutputs } from '../../src/hosts/action/outputs.ts'
import { type ActionEntry, usesOf } from './action-list.ts'
import { actionDefault, descriptionOf } from './action-yml.ts'
import { table } from './blocks.ts'

/** README.md next to an action.yml. */
export function actionPage(entry: ActionEntry, command: Command): string {
  const root = '../'.repeat(entry.folder.split('/').length)
  const parts = [
    `# ${entry.title}`,
    'Generated from the input tables in `src/` by `npm run generate`: do not edit.',
    `${command.summary}. The same as [\`resguardo ${command.name}\`](${root}docs/reference.md#${command.name}); [all actions](${root}README.md#in-github-actions).`,
    exampleOf(entry),
    ...tablesOf(command).map(([title, text]) => `## ${title}\n\n${text}`),
  ]
  return `${parts.join('\n\n')}\n`
}

/**
 * The table of the root README: every action with a link to its page; the root action links to the page of its command.
 */
export function actionsBlock(entries: readonly (readonly [ActionEntry, Command])[]): string {
  const pageOf = (command: string) =>
    entries.find(([each]) => each.command === command && each.folder !== '')?.[0].folder
  const rows = entries.map(([entry, { summary }]) => [
    `[\`${usesOf(entry)}\`](${pageOf(entry.command)}/README.md)`,
    summary,
  ])
  return table(['action', 'what it does'], rows)
}

function exampleOf(entry: ActionEntry): string {
  const inputs = Object.entries(entry.example).map(([name, value]) => `    ${name}: ${value}`)
  return ['```yaml', `- uses: ${usesOf(entry)}`, `  id: ${entry.command}`, '  with:', ...inputs, '```'].join('\n')
}

function tablesOf({ inputs, outputs }: Command): (readonly [title: string, text: string])[] {
  return [
    ['Inputs', inputTable(inputs)],
    ['Outputs', outputTable({ ...outputs, ...hostOutputs })],
  ]
}

function inputTable(inputs: Command['inputs']): string {
  const groups = Map.groupBy(Object.entries(inputs), ([, row]) => row.group ?? '')
  const rows = [...groups.values()].flat().map(([name, row]) => {
    const fallback = actionDefault(row)
    return [`\`${name}\``, descriptionOf(row), fallback === undefined || fallback === '' ? '' : `\`${fallback}\``]
  })
  return table(['input', 'what it is', 'default'], rows)
}

function outputTable(outputs: Command['outputs']): string {
  return table(
    ['output', 'what it holds'],
    Object.entries(outputs).map(([name, text]) => [`\`${name}\``, text]),
  )
}
