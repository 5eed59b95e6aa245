// A terminal host that records its output, for test commands.
import type { Command, World } from '../../../src/commands/command.ts'
import { command } from '../../../src/commands/command.ts'
import { type CliHost, runCli } from '../../../src/hosts/cli/run.ts'
import { createMasker } from '../../../src/hosts/masking.ts'
import { type InputTable, inputTable } from '../../../src/inputs/kinds.ts'
import type { Clock } from '../../../src/ports/common.ts'
import { paragraph } from '../../../src/report/report.ts'

/** A clock that stands still until it is moved. */
export function handClock(): Clock & { forward(seconds: number): void } {
  let seconds = 1000
  return {
    now: () => new Date(seconds * 1000),
    seconds: () => seconds,
    sleep: async () => {},
    forward: (more) => {
      seconds += more
    },
  }
}

interface Recorder {
  write(text: string, written?: () => void): void
  readonly isTTY: boolean
  readonly columns: number
  text: string
}

export function recorder(isTTY = false): Recorder {
  return {
    text: '',
    isTTY,
    columns: 80,
    write(text, written) {
      this.text += text
      written?.()
    },
  }
}

const sampleInputs = inputTable({
  'database-url': { kind: 'secret', summary: 'URL of the database', environment: ['DATABASE_URL'], group: 'Database' },
  kind: { kind: 'choice', choices: ['platform', 'redis'], summary: 'Which kind' },
  backup: { kind: 'text', summary: 'Which backup', fallback: 'latest', group: 'Which backup', placeholder: 'ID' },
  'keep-last': { kind: 'count', summary: 'How many to keep', fallback: 3, least: 1 },
  'source-counts': { kind: 'flag', summary: 'Count rows as well', fallback: true },
  'dry-run': { kind: 'flag', summary: 'Only say what would be done', fallback: false },
  store: { kind: 'lines', summary: 'Where backups live', placeholder: 'ADDRESS' },
})

/** A command whose work is the test's. */
export function sampleCommand(
  run: Command<typeof sampleInputs>['run'],
  more: Partial<Command<typeof sampleInputs>> = {},
): Command {
  return command<InputTable, Record<string, string>>({
    name: 'sample',
    summary: 'Do what the test says',
    examples: ['sample --dry-run'],
    positional: ['kind', 'backup'],
    inputs: sampleInputs,
    outputs: {},
    run,
    ...more,
  } as Command)
}

/** A command that prints "line"; its JSON document is the values of its inputs. */
export const printsValues = sampleCommand(async (values) => ({
  outputs: {},
  report: [paragraph('line')],
  document: values,
}))

/** A command that fails. */
export function failing(failure: Error): Command {
  return sampleCommand(async () => {
    throw failure
  })
}

interface RanCli {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `resguardo <words>` with one command, `sample`. */
export async function run(words: readonly string[], sample: Command, more: Partial<CliHost> = {}): Promise<RanCli> {
  const stdout = recorder()
  const stderr = recorder()
  const code = await runCli({
    words,
    environment: {},
    stdout,
    stderr,
    registry: { sample: { summary: sample.summary, load: async () => sample } },
    version: '9.9.9',
    clock: handClock(),
    masker: createMasker(),
    signal: new AbortController().signal,
    crashed: new Promise<never>(() => {}),
    makeWorld: (parts) => ({ ...parts, stores: [], removeLeftovers: async () => {} }) as unknown as World,
    ...more,
  })
  return { code, out: stdout.text, err: stderr.text }
}
