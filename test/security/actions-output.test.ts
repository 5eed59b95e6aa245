// GitHub Actions log, outputs and summary
// A name in a database issues workflow commands to the GitHub runner, forges outputs, or adds markup to a summary.
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { type ActionResult, runAction } from '../support/run-action.ts'

const names = [
  'x\n::add-mask::oops\n::set-output name=verdict::proven\n##[error]boo',
  'y\r::stop-commands::z\r\n  ::error::boo\u200b\n#\u200b#[warning]boo',
  '<img src=x onerror=alert(1)> @octocat [a](http://e) | `b` #1',
  'ghadelimiter_1\nEOF\nverdict=proven\n\u001b[31m\u202e',
]
const tables = names.map((name) => `public.${pg.escapeIdentifier(name)}`)
let server: TestPostgres
let url: string
let job: string

beforeAll(async () => {
  server = await startPostgres()
  url = await server.createDatabase('shop')
  job = await openFolder('actions-output')
  for (const table of tables) await server.query('shop', `CREATE TABLE ${table} (id int)`)
})
afterAll(() => server?.stop())

const dump = (inputs: Record<string, string> = {}) =>
  runAction({ name: 'dump', job, inputs: { 'database-url': url, 'backup-dir': `${job}/store`, ...inputs } })

/** Commands that the runner would carry out, without those that the action itself gives. */
function obeyed({ raw }: ActionResult): string[] {
  const own = /^::(add-mask|group|endgroup|debug|(warning|error) title=Resguardo%3A dump[^:]*)::/
  return raw.filter((line) => (/^\s*::/.test(line) || line.includes('##[')) && !own.test(line))
}

function expectHarmless(result: ActionResult): void {
  expect(obeyed(result)).toEqual([])
  expect(result.masks).not.toContain('oops')
  for (const line of [...result.raw, ...result.summary.split('\n')])
    expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
  expect(result.summary).not.toMatch(/<img|[^\\]\]\(http|(^|\W)@octocat/m)
  expect(Object.keys(result.outputs)).not.toContain('ghadelimiter_1')
}

test('workflow commands in table names have no effect in the log, outputs and summary of a backup', async () => {
  const result = await dump()
  expect(result.code).toBe(0)
  expectHarmless(result)
  expect(result.outputs.verdict).toBeUndefined()
})

test('workflow commands in table names have no effect in the annotation and summary of a failed backup', async () => {
  const client = new pg.Client(url)
  await client.connect()
  try {
    await client.query(`BEGIN; LOCK TABLE ${tables.join(', ')}`)
    const result = await dump({ 'lock-timeout': '1s' })
    expect(result.code).not.toBe(0)
    expect(result.outputs['failure-kind']).not.toBe('')
    expect(result.errors.join('\n')).toContain('::add-mask::oops')
    expectHarmless(result)
  } finally {
    await client.end()
  }
})

test('an output value that contains newlines is written as a single line', async () => {
  const result = await runAction({
    name: 'dump',
    job,
    inputs: { 'database-url': 'postgresql://127.0.0.1:1/x%0Averdict%3Dproven%0A', 'backup-dir': `${job}/store` },
  })
  expect(Object.values(result.outputs).join('')).not.toMatch(/\n/)
  expectHarmless(result)
})
