// Production and a copy have a database of the same name and share a store: `latest` must not restore one over the
// other.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { memoryStore } from '../support/memory-store.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl } from '../support/real-world.ts'
import { textOf } from '../support/report-text.ts'
import { runRestore } from '../support/restore-run.ts'

let production: TestPostgres
let staging: TestPostgres
const urls = { production: '', staging: '' }
const store = memoryStore({ address: 'memory:shared' })
let ofStaging: string

beforeAll(async () => {
  ;[production, staging] = await Promise.all([startPostgres(), startPostgres({ ownIdentifier: true })])
  for (const [name, server] of Object.entries({ production, staging })) {
    urls[name as keyof typeof urls] = await server.createDatabase('shop')
    await server.query('shop', `CREATE TABLE origin (of text); INSERT INTO origin VALUES ('${name}')`)
  }
  await backUpUrl(urls.production, [store])
  await new Promise((resolve) => setTimeout(resolve, 1100))
  ofStaging = (await backUpUrl(urls.staging, [store])).manifest.id
})
afterAll(async () => {
  await production?.stop()
  await staging?.stop()
})

const origin = () => production.query<{ of: string }>('shop', 'SELECT of FROM origin')

test('the latest is of the other server: the plan says so, and the restore is refused', async () => {
  const plan = await runRestore(urls.production, [store], { 'dry-run': 'true' })
  expect(textOf(plan.outcome)).toMatch(/\[blocked\] The backup is of another server/)
  await expect(runRestore(urls.production, [store], { confirm: 'shop' })).rejects.toMatchObject({
    code: 'restore/blocked',
  })
  expect(await origin()).toEqual([{ of: 'production' }])
})

test('named by its id it is restored, as on a new server after a loss, with a warning', async () => {
  const { reporter } = await runRestore(urls.production, [store], { confirm: 'shop', backup: ofStaging })
  expect(reporter.texts('warn').join('\n')).toContain('another server')
  expect(await origin()).toEqual([{ of: 'staging' }])
})
