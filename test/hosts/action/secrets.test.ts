// Secrets in an action: masked in all output, without blanking outputs.
import { expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { sampleCommand } from '../cli/fake-host.ts'
import { runSample } from './fake-runner.ts'

const url = 'postgresql://app:ge%2Fheim@db/shop'

test('the URL and its password, encoded and decoded, are masked before the first log line', async () => {
  const talking = sampleCommand(async (_, { reporter }) => {
    reporter.note('working')
    return { outputs: {}, report: [], document: {} }
  })
  const { said } = await runSample(talking, { 'database-url': url })
  expect(said).toEqual(['mask ge%2Fheim', 'mask ge/heim', `mask ${url}`, 'info working'])
})

test('a secret from the environment is masked', async () => {
  const quiet = sampleCommand(async () => ({ outputs: {}, report: [], document: {} }))
  expect((await runSample(quiet, {}, { environment: { DATABASE_URL: url } })).said).toContain(`mask ${url}`)
})

test('log, phases, warnings, errors, hints, stacks and summary contain no secret', async () => {
  const leaky = sampleCommand(async (_, { reporter }) => {
    await reporter.phase('phase ge/heim', async () => reporter.warn('warn ge/heim'))
    reporter.note(`note ${url}`)
    throw new Failure('tool/failed', 'leak ge/heim', { hint: `hint ${url}`, cause: new Error('ge/heim') })
  })
  const { said, summary } = await runSample(leaky, { 'database-url': url })
  expect(said.filter((line) => !line.startsWith('mask')).join('\n')).not.toMatch(/heim/)
  expect(summary).not.toMatch(/heim/)
})

test('a password equal to the database name is masked only in the URL, and a warning reports it', async () => {
  const backed = sampleCommand(
    async () => ({ outputs: { path: 'file:./backups/shopdata/x/' } as never, report: [], document: {} }),
    {
      outputs: { path: 'Where' },
    } as never,
  )
  const { said, outputs } = await runSample(backed, { 'database-url': 'postgresql://app:shopdata@db/shopdata' })
  expect(said).not.toContain('mask shopdata')
  expect(said).toContain('mask :shopdata@')
  const warnings = said.filter((line) => line.startsWith('warning'))
  expect(warnings).toEqual([expect.stringContaining('secret in database-url is short, common')])
  expect(warnings.join()).not.toContain('shopdata')
  expect(outputs.path).toBe('file:./backups/shopdata/x/')
})

test('a warning names an output that contains a masked text', async () => {
  const backed = sampleCommand(
    async () => ({ outputs: { path: 'file:./geheim12/x' } as never, report: [], document: {} }),
    {
      outputs: { path: 'Where' },
    } as never,
  )
  const { said } = await runSample(backed, { 'database-url': 'postgresql://app:geheim12@db/shop' })
  const [warning = ''] = said.filter((line) => line.startsWith('warning'))
  expect(warning).toContain('The output path contains a text that is masked')
  expect(warning).not.toContain('geheim12')
})
