// Secrets stay out of all that is printed, however they are written.
import { expect, test } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import { createMasker, secretsOf } from '../../src/hosts/masking.ts'
import { inputTable } from '../../src/inputs/kinds.ts'
import { run, sampleCommand } from './cli/fake-host.ts'

const table = inputTable({
  url: { kind: 'secret', summary: '', environment: ['DATABASE_URL'] },
  name: { kind: 'text', summary: '' },
})

function masked(url: string, text: string): string {
  const masker = createMasker()
  masker.add(secretsOf(table, () => undefined, { DATABASE_URL: url }))
  return masker.mask(text)
}

test('the whole URL, the password as written and the password as meant are hidden', () => {
  const url = 'postgresql://app:p%40ss%2Fword@db:5432/shop'
  expect(masked(url, `${url} p%40ss%2Fword p@ss/word`)).toBe('*** *** ***')
})

test('a password in the query is hidden', () => {
  expect(masked('postgresql:///shop?user=app&password=geheim12', 'it was geheim12')).toBe('it was ***')
})

test('a password that is also a name is hidden only where it stands as a password', () => {
  const url = 'postgresql://postgres:postgres@localhost/postgres'
  expect(masked(url, `backups/postgres ${url} postgres:postgres@elsewhere`)).toBe('backups/postgres *** postgres***elsewhere')
})

test('a malformed escape in the password is still hidden', () => {
  expect(masked('postgresql://a:50%sure@h/d', 'x 50%sure')).toBe('x ***')
})

test('the variable is hidden even if a flag was used instead', () => {
  const masker = createMasker()
  masker.add(secretsOf(table, () => ({ text: 'given-one', from: '--url' }), { DATABASE_URL: 'other-one' }))
  expect(masker.mask('given-one other-one')).toBe('*** ***')
})

test('results, documents, notes, failures and stacks are masked, and the document still parses', async () => {
  const secret = 'qu"ote\\back'
  const url = `postgresql://app:${encodeURIComponent(secret)}@db/shop`
  const environment = { DATABASE_URL: url }
  const leaky = sampleCommand(async (_, world) => {
    world.reporter.note(`note ${secret}`)
    world.reporter.warn(`warn ${url}`)
    await world.reporter.phase(`phase ${secret}`, async () => world.reporter.progress({ what: secret, bytes: 1 }))
    return { outputs: {}, lines: [`line ${secret}`], document: { said: secret } }
  })
  const good = await run(['sample', '--json'], leaky, { environment })
  expect(JSON.parse(good.out)).toEqual({ said: '***' })
  const bad = await run(
    ['sample', '--json', '--debug'],
    sampleCommand(async () => {
      throw new Failure('tool', `leak ${secret}`, { hint: url, cause: new Error(secret) })
    }),
    { environment },
  )
  expect(`${good.out}${good.err}${bad.out}${bad.err}`).not.toMatch(/qu.*ote/)
})
