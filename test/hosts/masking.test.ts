// Masking of secrets in all output and in every notation.
import { expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { createMasker, findSecrets } from '../../src/hosts/masking.ts'
import { inputTable } from '../../src/inputs/kinds.ts'
import type { ReadInput } from '../../src/inputs/parse.ts'
import { paragraph } from '../../src/report/report.ts'
import { run, sampleCommand } from './cli/fake-host.ts'

const table = inputTable({
  url: { kind: 'secret', summary: '', environment: ['DATABASE_URL'] },
  name: { kind: 'text', summary: '' },
})

function masked(url: string, text: string): string {
  const masker = createMasker()
  masker.add(findSecrets(table, () => undefined, { DATABASE_URL: url }).texts)
  return masker.mask(text)
}

test('the URL, the encoded password and the decoded password are masked', () => {
  const url = 'postgresql://app:p%40ss%2Fword@db:5432/shop'
  expect(masked(url, `${url} p%40ss%2Fword p@ss/word`)).toBe('*** *** ***')
})

test('a password in the query string is masked', () => {
  expect(masked('postgresql:///shop?user=app&password=geheim12', 'it was geheim12')).toBe('it was ***')
})

test('a password equal to a user or database name is masked only in the password position', () => {
  const url = 'postgresql://postgres:postgres@localhost/postgres'
  expect(masked(url, `backups/postgres ${url} postgres:postgres@elsewhere`)).toBe(
    'backups/postgres *** postgres***elsewhere',
  )
})

test('a password without percent-encoding is masked', () => {
  expect(masked('postgresql://a:ge/he?im@h/d', 'x ge/he?im')).toBe('x ***')
})

test('a password with a malformed percent escape is masked', () => {
  expect(masked('postgresql://a:50%sure@h/d', 'x 50%sure')).toBe('x ***')
})

test('the value of the variable is masked even if the flag is used', () => {
  const masker = createMasker()
  const read: ReadInput = (name) => (name === 'url' ? { text: 'given-one', from: '--url' } : undefined)
  masker.add(findSecrets(table, read, { DATABASE_URL: 'other-one' }).texts)
  expect(masker.mask('given-one other-one')).toBe('*** ***')
})

test.each([
  ['short', 'postgresql://app:abc@db/shop', 'abc'],
  ['a common word', 'postgresql://app:Admin@db/shop', 'Admin'],
  ['the database name', 'postgresql://app:shop@db/shop', 'shop'],
  ['part of the database name', 'postgresql://app:acme@db/acme_shop', 'acme'],
  ['the host', 'postgresql://app:db.internal@db.internal:5432/shop', 'db.internal'],
  ['percent-encoded', 'postgresql://app:sh%6Fp@db/shop', 'shop'],
])('a password that is %s is masked only in the URL, and its source is reported', (_, url, word) => {
  const { texts, open } = findSecrets(table, () => undefined, { DATABASE_URL: url })
  expect(texts).not.toContain(word)
  expect(texts).toEqual(expect.arrayContaining([url, `:${word}@`]))
  expect(open).toEqual(['DATABASE_URL'])
})

test('a strong password in a URL parameter is masked everywhere', () => {
  const found = findSecrets(table, () => undefined, { DATABASE_URL: 'postgresql:///shop?user=app&password=geheim12' })
  expect(found).toMatchObject({ texts: ['geheim12', 'postgresql:///shop?user=app&password=geheim12'], open: [] })
})

test('a key that is a common word or equal to a plain input is not masked, and its source is reported', () => {
  const read: ReadInput = (name) => ({ text: name === 'url' ? 'minioadmin' : 'x', from: name })
  expect(findSecrets(table, read, {})).toMatchObject({ texts: [], open: ['url'] })
  const twice: ReadInput = (name) => ({ text: 'north-1', from: name })
  expect(findSecrets(table, twice, {})).toMatchObject({ texts: [], open: ['url'] })
})

test('for a URL in a plain input, only the password is masked', () => {
  const read: ReadInput = (name) =>
    name === 'name' ? { text: 'https://me:geheim12@example.com/health', from: name } : undefined
  expect(findSecrets(table, read, {})).toMatchObject({ texts: ['geheim12'], open: [] })
})

test('each line of a multi-line secret is masked', () => {
  const { texts } = findSecrets(table, () => ({ text: 'first line\r\nsecond line\n', from: 'url' }), {})
  expect(texts).toContain('second line')
  expect(texts).toContain('first line')
})

test('results, documents, notes, failures and stacks are masked, and the JSON remains valid', async () => {
  const secret = 'qu"ote\\back'
  const url = `postgresql://app:${encodeURIComponent(secret)}@db/shop`
  const environment = { DATABASE_URL: url }
  const leaky = sampleCommand(async (_, world) => {
    world.reporter.note(`note ${secret}`)
    world.reporter.warn(`warn ${url}`)
    await world.reporter.phase(`phase ${secret}`, async () => world.reporter.progress({ what: secret, bytes: 1 }))
    return { outputs: {}, report: [paragraph(`line ${secret}`)], document: { said: secret } }
  })
  const good = await run(['sample', '--json'], leaky, { environment })
  expect(JSON.parse(good.out)).toEqual({ said: '***' })
  const bad = await run(
    ['sample', '--json', '--debug'],
    sampleCommand(async () => {
      throw new Failure('tool/failed', `leak ${secret}`, { hint: url, cause: new Error(secret) })
    }),
    { environment },
  )
  expect(`${good.out}${good.err}${bad.out}${bad.err}`).not.toMatch(/qu.*ote/)
})

test.each([
  ['a tab', 'qu\ttab\tote'],
  ['an escape', 'qu\u001b[31mote'],
  ['a quote and a backslash', 'qu"ote\\back'],
])('a secret with %s is masked in messages, stack traces and stored text, raw and escaped', async (_, secret) => {
  const environment = { DATABASE_URL: `postgresql://app:${encodeURIComponent(secret)}@db/shop` }
  const bad = await run(
    ['sample', '--json', '--debug'],
    sampleCommand(async () => {
      throw new Failure('tool/failed', `quoted ${JSON.stringify(secret)}`, { cause: new Error(`raw ${secret}`) })
    }),
    { environment },
  )
  expect(`${bad.out}${bad.err}`).not.toMatch(/qu(?!oted).*ote|qu(?!oted).*\\u001b/)
  const { hideIn } = findSecrets(table, () => undefined, environment)
  expect(hideIn(`${secret} ${JSON.stringify(secret)}`)).toBe('*** "***"')
})
