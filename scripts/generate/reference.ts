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
    '`--flag` turns a flag on, `--no-flag` (or `--flag=false`) off; `--name value` and `--name=value` are the same; a flag wins over its environment variables, which are asked in the order given.',
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
  '| what does not answer | how long it is waited for |',
  '|---|---|',
  `| a store that refuses or cuts connections | tried for about half a minute |`,
  `| a bucket, STS, GitHub's API or an artifact that accepts connections and sends nothing | a connection is closed after ${idleTimeout} s without a byte and the request tried three times: 90 s; never more than ${longestOutage} s without progress |`,
  '| PostgreSQL while connecting | `connect_timeout` in `DATABASE_URL`, 15 s without it |',
  '| PostgreSQL when the network is gone | 70 s for a session that waits for an answer, two minutes for `pg_dump` and `pg_restore`; a connection that is sending ends when the system gives up, after about 15 minutes |',
  '| PostgreSQL that accepts connections and computes or stands still | no limit: a query may take hours. Interrupt the command |',
  '| Redis | 10 s to connect, 150 s without a byte while it is waited for |',
  '| any server, after Ctrl-C or a cancelled job | 1.5 s if it does not answer; up to 5 s for clean-up that it does answer |',
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
