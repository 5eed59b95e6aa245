// A login revoked during a backup or restore: the error has one code and names leftovers that were not removed.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Failure } from '../../src/domain/failures/failure.ts'
import { toUrl } from '../../src/engines/postgres/connection/address.ts'
import { openPlatform } from '../../src/engines/postgres/platform.ts'
import type { Platform } from '../../src/ports/platform.ts'
import { recordingReporter } from '../support/fakes.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl } from '../support/real-world.ts'
import { runRestore } from '../support/restore-run.ts'

let server: TestPostgres
let url: string
let store: MemoryStore
let hba: string

beforeAll(async () => {
  server = await startPostgres()
  hba = join(server.folder, 'data/pg_hba.conf')
})

afterAll(() => server?.stop())

beforeEach(async () => {
  await server.query('postgres', "CREATE ROLE seller LOGIN PASSWORD 'secret' CREATEDB")
  await server.createDatabase('shop', 'OWNER seller')
  await server.query('shop', 'SET ROLE seller; CREATE TABLE sale AS SELECT n AS id FROM generate_series(1, 2000) n')
  url = toUrl({ ...server.address('shop'), user: 'seller', password: 'secret' })
  store = memoryStore()
  await backUpUrl(url, [store])
})

afterEach(async () => {
  await give()
  for (const name of await databases()) await server.dropDatabase(name)
  await server.query('postgres', 'DROP ROLE seller')
})

const databases = async () =>
  (
    await server.query<{ name: string }>(
      'postgres',
      "SELECT datname AS name FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1",
    )
  ).map(({ name }) => name)

const rule = 'host all seller all reject\n'

async function give(): Promise<void> {
  await writeFile(hba, (await readFile(hba, 'utf8')).replace(rule, ''))
  await server.query('postgres', "ALTER ROLE seller LOGIN PASSWORD 'secret'; SELECT pg_reload_conf()")
}

const ways: Record<string, () => Promise<unknown>> = {
  'the role may not log in': () => server.query('postgres', 'ALTER ROLE seller NOLOGIN'),
  'the password is changed': () => server.query('postgres', "ALTER ROLE seller PASSWORD 'other'"),
  'pg_hba.conf rejects the role': async () => {
    await writeFile(hba, rule + (await readFile(hba, 'utf8')))
    await server.query('postgres', 'SELECT pg_reload_conf()')
    await expect
      .poll(() => server.query('postgres', "SELECT FROM pg_hba_file_rules WHERE auth_method = 'reject'"))
      .toHaveLength(1)
  },
}

const refused = new Set(['postgres/login-refused', 'postgres/bad-password'])

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  return work.then(
    () => {
      throw new Error('it did not fail')
    },
    (failure: Failure) => failure,
  )
}

test.each(Object.keys(ways).flatMap((way) => ['Loading', 'Exchanging'].map((phase) => ({ way, phase }))))(
  'a login that is revoked in the phase $phase of a restore is reported with the leftovers: $way',
  async ({ way, phase }) => {
    const reporter = recordingReporter()
    const { phase: runPhase } = reporter
    Object.assign(reporter, {
      phase: async (title: string, work: () => Promise<unknown>) => {
        if (title.startsWith(phase)) await ways[way]?.()
        return runPhase(title, work)
      },
    })
    const failure = await failureOf(runRestore(url, [store], { confirm: 'shop' }, { reporter }))
    expect(failure.code).toSatisfy((code: string) => refused.has(code))
    expect(failure.exitCode).toBe(6)
    const left = (await databases()).filter((name) => name !== 'shop')
    expect(left).toHaveLength(1)
    expect(failure.details.join()).toContain(`DROP DATABASE "${left[0]}" WITH (FORCE)`)
  },
)

test.each(Object.keys(ways))(
  'a login that is revoked during a backup is reported as a refused login: %s',
  async (way) => {
    const platform = await openPlatform(url, { installTools: false })
    const wrapped: Platform = {
      display: platform.display,
      probe: () => platform.probe(),
      openDump: async (request) => {
        const dump = await platform.openDump(request)
        await ways[way]?.()
        return dump
      },
    }
    const failure = await failureOf(backUpUrl(url, [memoryStore()], { platform: wrapped }))
    expect(failure.code).toSatisfy((code: string) => refused.has(code))
    expect(failure.exitCode).toBe(6)
  },
)
