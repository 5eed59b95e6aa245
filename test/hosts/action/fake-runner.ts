// An action host that records the commands to the runner, for test commands.
import type { Command, World } from '../../../src/commands/command.ts'
import { type ActionHost, runAction } from '../../../src/hosts/action/run.ts'
import type { Runner } from '../../../src/hosts/action/runner.ts'
import { createMasker } from '../../../src/hosts/masking.ts'
import { handClock } from '../cli/fake-host.ts'

interface RecordingRunner extends Runner {
  /** Everything in order: `group Dumping`, `info 12 tables`, `error [Resguardo: sample failed] it broke`. */
  readonly said: string[]
  readonly outputs: Record<string, string>
}

export function recordingRunner(): RecordingRunner {
  const said: string[] = []
  const outputs: Record<string, string> = {}
  const annotation =
    (level: string): Runner['warning'] =>
    (message, properties) =>
      void said.push(`${level} [${properties?.title}] ${message instanceof Error ? message.message : message}`)
  return {
    said,
    outputs,
    setSecret: (secret) => void said.push(`mask ${secret}`),
    startGroup: (name) => void said.push(`group ${name}`),
    endGroup: () => void said.push('endgroup'),
    info: (message) => void said.push(`info ${message}`),
    debug: (message) => void said.push(`debug ${message}`),
    warning: annotation('warning'),
    error: annotation('error'),
    setOutput(name, value) {
      outputs[name] = String(value)
    },
    getIDToken: async (audience) => `token for ${audience}`,
  }
}

interface RanAction {
  readonly code: number
  readonly said: readonly string[]
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
}

/** Runs the action of one command, `sample`, with these inputs in `with:`. */
export async function runSample(
  sample: Command,
  inputs: Readonly<Record<string, string>> = {},
  more: Partial<ActionHost> = {},
): Promise<RanAction> {
  const runner = recordingRunner()
  let summary = ''
  const given = Object.entries(inputs).map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text])
  const code = await runAction({
    name: 'sample',
    load: async () => sample,
    runner,
    event: undefined,
    clock: handClock(),
    masker: createMasker(),
    signal: new AbortController().signal,
    crashed: new Promise<never>(() => {}),
    appendSummary: async (markdown) => {
      summary += markdown
    },
    makeWorld: (parts) => ({ ...parts, stores: [], removeLeftovers: async () => {} }) as unknown as World,
    ...more,
    environment: { ...Object.fromEntries(given), ...more.environment },
  })
  return { code, said: runner.said, outputs: runner.outputs, summary }
}
