// docs/reference.md: every command with its flags and examples.

import type { Command } from '../../src/commands/command.ts'
import { usageOf } from '../../src/hosts/cli/help.ts'
import { hostInputs } from '../../src/hosts/cli/host-inputs.ts'
import { exitCodeTable, flagTable } from './tables.ts'

/** The whole page. */
export function reference(commands: readonly Command[]): string {
  const parts = [
    '# Reference',
    'Generated from the input tables in `src/` by `npm run generate`: do not edit. `resguardo COMMAND --help` shows the same.',
    '`--flag` turns a flag on, `--no-flag` (or `--flag=false`) off; `--name value` and `--name=value` are the same; a flag wins over its environment variables, which are asked in the order given.',
    commands.map(({ name }) => `[${name}](#${name})`).join(' · '),
    '## Flags of every command',
    flagTable(hostInputs),
    '## Exit codes',
    exitCodeTable(),
    ...commands.flatMap(commandParts),
  ]
  return `${parts.join('\n\n')}\n`
}

function commandParts(command: Command): string[] {
  const { name, summary, inputs, examples } = command
  return [
    `## ${name}`,
    `${summary}.`,
    code([usageOf(command)]),
    flagTable(inputs),
    ...(examples.length > 0 ? [code(examples.map((line) => `resguardo ${line}`))] : []),
  ]
}

function code(lines: readonly string[]): string {
  return ['```sh', ...lines, '```'].join('\n')
}
