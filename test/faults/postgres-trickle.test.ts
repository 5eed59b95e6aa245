// A PostgreSQL server whose responses arrive byte by byte: the start of a session has a time limit, rows do not.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/engines/postgres/connection/address.ts'
import { withClient } from '../../src/engines/postgres/connection/connect.ts'
import { resguardo, startResguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { type TrickleProxy, trickleProxy } from '../support/trickle-proxy.ts'

let server: TestPostgres
let folder: string
const proxies: TrickleProxy[] = []

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('postgres-trickle')
  await server.createDatabase('shop')
  await server.query('shop', `CREATE TABLE t AS SELECT n FROM generate_series(1, 100) n`)
})
afterAll(async () => {
  for (const proxy of proxies) await proxy.close()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function slowUrl(trickle: Parameters<typeof trickleProxy>[1], parameters = ''): Promise<string> {
  const proxy = await trickleProxy(server.port, trickle)
  proxies.push(proxy)
  const url = new URL(server.url('shop'))
  url.host = `127.0.0.1:${proxy.port}`
  url.search = `sslmode=disable${parameters}`
  return url.href
}

const environment = (url: string) => ({ DATABASE_URL: url, BACKUP_DIR: join(folder, 'backups') })

/** The first request of a connection, and the first statement after the login. */
const startup = /user\0/
const firstStatement = /^Q....(SELECT|SET)|^P....\0(SELECT|SET)/s

const commands = [
  ['backup', ['backup']],
  ['tenants plan', ['tenants', 'plan']],
  ['restore', ['restore', '--dry-run']],
] as const

describe.concurrent('response of PostgreSQL that arrives byte by byte without end', () => {
  test.each(commands)('%s fails after connect_timeout if the login does not complete', async (_, words) => {
    const url = await slowUrl({ from: startup, every: 200, endless: true }, '&connect_timeout=3')
    const began = performance.now()
    const { code, stdout } = await resguardo([...words, '--json'], environment(url))
    expect([code, stdout]).toEqual([6, expect.stringContaining('"postgres/timeout"')])
    expect(performance.now() - began).toBeLessThan(30_000)
  })

  test.each(commands)('%s fails within the time limit for the start of a session after the login', async (_, words) => {
    const url = await slowUrl({ from: firstStatement, every: 1000, endless: true })
    const began = performance.now()
    const { code, stdout } = await resguardo([...words, '--json'], environment(url))
    expect([code, stdout]).toEqual([6, expect.stringContaining('"postgres/timeout"')])
    expect(performance.now() - began).toBeLessThan(110_000)
  })

  test('a signal ends the command within seconds', async () => {
    const url = await slowUrl({ from: firstStatement, every: 200, endless: true })
    const { child, finished } = startResguardo(['backup'], environment(url))
    while (proxies.every((proxy) => !url.includes(`:${proxy.port}/`) || proxy.slow() === 0)) await sleep(50)
    await sleep(500)
    const began = performance.now()
    child.kill('SIGINT')
    const { code } = await finished
    expect(code).toBe(130)
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})

test.concurrent('rows that arrive slowly are read without a time limit', async () => {
  const url = await slowUrl({ from: /repeat\('x'/, every: 900 })
  const found = await withClient(parseAddress(url), async (client) => {
    const { rows } = await client.query<{ x: string }>(`SELECT repeat('x', 10) AS x`)
    return rows
  })
  expect(found).toEqual([{ x: 'xxxxxxxxxx' }])
})
