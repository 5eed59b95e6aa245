// Secrets in an action: masked before anything is written, never shown, and never a reason for blank outputs.
import { expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { sampleCommand } from '../cli/fake-host.ts'
import { runSample } from './fake-runner.ts'

const url = 'postgresql://app:ge%2Fheim@db/shop'

test('the URL and its password, raw and decoded, are masked before anything else is said', async () => {
  const talking = sampleCommand(async (_, { reporter }) => {
    reporter.note('working')
    return { outputs: {}, report: [], document: {} }
  })
  const { said } = await runSample(talking, { 'database-url': url })
  expect(said).toEqual(['mask ge%2Fheim', 'mask ge/heim', `mask ${url}`, 'info working'])
})

test('a secret that comes from the environment is masked too', async () => {
  const quiet = sampleCommand(async () => ({ outputs: {}, report: [], document: {} }))
  expect((await runSample(quiet, {}, { environment: { DATABASE_URL: url } })).said).toContain(`mask ${url}`)
})

test('nothing that is written holds a secret: log, phases, warnings, errors, hints, stacks, summary', async () => {
  const leaky = sampleCommand(async (_, { reporter }) => {
    await reporter.phase('phase ge/heim', async () => reporter.warn('warn ge/heim'))
    reporter.note(`note ${url}`)
    throw new Failure('tool/failed', 'leak ge/heim', { hint: `hint ${url}`, cause: new Error('ge/heim') })
  })
  const { said, summary } = await runSample(leaky, { 'database-url': url })
  expect(said.filter((line) => !line.startsWith('mask')).join('\n')).not.toMatch(/heim/)
  expect(summary).not.toMatch(/heim/)
})

test('a password that is also the name of the database is not masked as a word, and a warning says so without it', async () => {
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

test('an output that holds a masked text is warned of by its name', async () => {
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
