// docs/reference.md: every command with its flags and examples.

import type { Command } from '../../src/commands/command.ts'
import { usageOf } from '../../src/hosts/cli/help.ts'
import { hostInputs } from '../../src/hosts/cli/host-inputs.ts'
import { defaultPatience } from '../../src/stores/s3/settings.ts'
import { exitCodeTable, flagTable } from './tables.ts'

/** The complete page. */
export function reference(commands: readonly Command[]): string {
  const parts = [
    '# Reference',
    'Generated from the input tables in `src/` by `npm run generate`: do not edit. `resguardo COMMAND --help` shows the same.',
    '`--flag` turns a flag on, `--no-flag` (or `--flag=false`) off; `--name value` and `--name=value` are the same; a flag takes precedence over its environment variables, which are read in the order given.',
    commands.map(({ name }) => `[${name}](#${name})`).join(' · '),
    '## Flags of every command',
    flagTable(hostInputs),
    '## Exit codes',
    exitCodeTable(),
    '## Time limits',
    timeLimits,
    ...commands.flatMap(commandParts),
  ]
  return `${parts.join('\n\n')}\n`
}

const { idleTimeout, longestOutage } = defaultPatience

/** Timeouts that no flag sets. */
const timeLimits = [
  '| no response from | time limit |',
  '|---|---|',
  `| a store that refuses or closes connections | retries for about half a minute |`,
  `| a bucket, STS, GitHub's API or an artifact that accepts connections and sends nothing | three attempts, each ends after ${idleTimeout} s without a byte: 90 s; at most ${longestOutage} s without progress |`,
  '| PostgreSQL while connecting | `connect_timeout` in `DATABASE_URL`; default: 15 s |',
  '| PostgreSQL after the network fails | 70 s for a session that waits for a response, two minutes for `pg_dump` and `pg_restore`; about 15 minutes for a connection that is sending (TCP timeout of the system) |',
  '| PostgreSQL that accepts connections but does not finish a query | no limit, because a query may take hours. Interrupt the command |',
  '| Redis | 10 s to connect, 150 s without a byte of a response |',
  '| any server, after Ctrl-C or a cancelled job | 1.5 s without a response; up to 5 s for cleanup if the server responds |',
].join('\n')

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
