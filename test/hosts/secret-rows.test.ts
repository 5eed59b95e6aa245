// Secret inputs of every command: their values are masked in all text that is printed, shown, stored or
// posted.
import { expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import type { InputTable } from '../../src/inputs/kinds.ts'
import { registry } from '../../src/main/registry.ts'
import { recordRun } from '../../src/operations/record/record-run.ts'
import { code, facts, heading, report, table } from '../../src/report/report.ts'
import { fakeClock } from '../support/fakes.ts'
import { memoryRecord } from '../support/memory-record.ts'
import { runSample } from './action/fake-runner.ts'
import { run, sampleCommand } from './cli/fake-host.ts'

const commands = await Promise.all(Object.values(registry).map(({ load }) => load()))

/** All secrets of a table, each with its sources and a unique value. */
function secretsOf(inputs: InputTable): { name: string; variables: readonly string[]; value: string }[] {
  return Object.entries(inputs).flatMap(([name, row]) => {
    if (row.kind !== 'secret') return []
    const value = row.orPath ? `-----BEGIN K3Y-----\nk3y/${name}\n-----END` : `k3y/${name}`
    return [{ name, variables: [...(row.environment ?? []), ...(row.alsoSecret ?? [])], value }]
  })
}

const leak = /k3y/i

/** A command with the inputs of another, which writes its secrets to every possible output. */
function leaky(inputs: InputTable, said: string) {
  const record = memoryRecord()
  const command = sampleCommand(
    async (_, world) => {
      world.reporter.note(`note ${said}`)
      world.reporter.warn(`warn ${said}`)
      await world.reporter.phase(`phase ${said}`, async () => world.reporter.progress({ what: said, bytes: 1 }))
      const failure = new Failure('tool/failed', `failed ${said}`, {
        hint: said,
        details: [said],
        cause: new Error(said),
      })
      const resultOf = () => ({ id: 'x', checksum: '', manifest: '', bytes: 1, location: `s3://${said}`, failure })
      const recorded = { ...world, clock: fakeClock(), random: () => '000001' }
      await recordRun({ record, kind: 'platform', trigger: 'manual', resultOf }, recorded, async () => said)
      const parts = report(heading(said), table([said], [[said]]), facts([[said, said]]), code('sh', said, said))
      return { outputs: { path: said } as never, report: parts, document: { said }, failure }
    },
    { inputs, outputs: { path: 'Where' }, positional: [] } as never,
  )
  return { command, rows: () => JSON.stringify([...record.rows.values()]) }
}

test.each(commands.map((command) => [command.name, command.inputs] as const))(
  'the secrets of %s, from any source, are masked in output, logs, pages and records',
  async (_, inputs) => {
    const secrets = secretsOf(inputs)
    expect(secrets.length).toBeGreaterThan(0)
    for (const { name, variables, value } of secrets) {
      const { command, rows } = leaky(inputs, value.replaceAll('\n', ' '))
      const given = [
        { words: [`--${name}=${value}`] },
        ...variables.map((variable) => ({ environment: { [variable]: value } })),
      ]
      for (const { words = [], ...more } of given as { words?: string[]; environment?: Record<string, string> }[]) {
        const terminal = await run(['sample', '--json', '--debug', ...words], command, more)
        expect(terminal.out).toContain('***')
        expect(`${terminal.out}${terminal.err}`).not.toMatch(leak)
        const { said, summary } = await runSample(command, words.length > 0 ? { [name]: value } : {}, more)
        expect(summary).toContain('***')
        const printed = said.filter((line) => !line.startsWith('mask ')).join('\n')
        expect(`${printed}${summary}`).not.toMatch(leak)
        expect(rows()).toContain('***')
        expect(rows()).not.toMatch(leak)
      }
    }
  },
)
