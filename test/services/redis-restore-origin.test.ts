// Two Redis servers share a store: the latest backup must not be restored from one into the other.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Finished, resguardo } from '../support/command-line.ts'
import { startPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { startRedis, startSentinel, type TestRedis, until } from '../support/redis.ts'
import { startRedisCluster } from '../support/redis-cluster.ts'

let production: TestRedis
let staging: TestRedis
let folder: string

beforeAll(async () => {
  folder = await temporaryFolder('redis-origin')
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  ;[production, staging] = await Promise.all([startRedis(), startRedis()])
  await production.cli('SET', 'of', 'production')
  await staging.cli('SET', 'of', 'staging')
})
afterEach(async () => {
  await Promise.all([production.stop(), staging.stop()])
  await rm(join(folder, 'backups'), { recursive: true, force: true })
})

const run = (url: string, ...parameters: string[]) =>
  resguardo(parameters, { REDIS_URL: url, BACKUP_DIR: join(folder, 'backups') })

async function succeed(url: string, ...parameters: string[]): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await run(url, ...parameters)
  expect(code, stderr).toBe(0)
  return { stdout, stderr }
}

async function backUp(url: string, ...more: string[]): Promise<string> {
  const { stdout } = await succeed(url, 'backup', 'redis', '--json', ...more)
  return (JSON.parse(stdout) as { backup: string }).backup
}

const restore = ['restore', 'redis', '--mode', 'replace'] as const
const confirm = ({ port }: TestRedis) => ['--confirm', `127.0.0.1:${port}`]

/** `option`: the option that accepts the backup. */
function expectBlocked({ code, stdout, stderr }: Finished, option: string): void {
  expect(code, stderr).toBe(3)
  expect(stdout).toContain('"restore/blocked"')
  expect(stderr).toContain(option)
}

describe('of another server', () => {
  test.each([
    ['the latest backup', []],
    ['the backup at a time', ['--at', '2099-01-01']],
  ])('%s is refused', async (_, source) => {
    const id = await backUp(staging.url)
    const refused = await run(production.url, ...restore, ...source, ...confirm(production), '--json')
    expectBlocked(refused, `--backup ${id}`)
    const plan = await run(production.url, ...restore, ...source, '--dry-run')
    expect(plan.code).toBe(3)
    expect(plan.stdout).toContain('[blocked] The backup is of another server')
    expect(await production.cli('GET', 'of')).toBe('production')
  })

  test('a backup chosen by its ID is restored, with a warning', async () => {
    const id = await backUp(staging.url)
    const { stderr } = await succeed(production.url, ...restore, id, ...confirm(production))
    expect(stderr).toContain('The backup is of another server')
    expect(await production.cli('GET', 'of')).toBe('staging')
  })

  test('the Redis of a recovery point is refused, and chosen by the ID of its database it is restored', async () => {
    await using server = await startPostgres().then((each) => ({ ...each, [Symbol.asyncDispose]: each.stop }))
    const database = await server.createDatabase('shop')
    await server.query('shop', 'CREATE TABLE t (n int)')
    const both = (redis: TestRedis, ...parameters: string[]) =>
      resguardo(parameters, {
        DATABASE_URL: database,
        REDIS_URL: redis.url,
        BACKUP_DIR: join(folder, 'backups'),
      })
    const made = await both(staging, 'backup', 'all', '--json')
    expect(made.code, made.stderr).toBe(0)
    const { backup } = JSON.parse(made.stdout) as { backup: string }
    const words = ['restore', 'all', '--confirm', `shop,127.0.0.1:${production.port}`]
    const refused = await both(production, ...words, '--json')
    expectBlocked(refused, `--backup ${backup}`)
    expect(await production.cli('GET', 'of')).toBe('production')
    const restored = await both(production, ...words, '--backup', backup)
    expect(restored.code, restored.stderr).toBe(0)
    expect(await production.cli('GET', 'of')).toBe('staging')
  })
})

describe('of the same server the latest backup is restored', () => {
  test('after a restart', async () => {
    await backUp(production.url)
    await production.cli('SET', 'of', 'changed')
    const { port } = production
    await production.stop()
    production = await startRedis({ port })
    const { stderr } = await succeed(production.url, ...restore, ...confirm(production))
    expect(stderr).not.toContain('another server')
    expect(await production.cli('GET', 'of')).toBe('production')
  })

  test('by another name of this machine', async () => {
    await backUp(production.url)
    const url = `redis://localhost:${production.port}`
    const { stderr } = await succeed(url, ...restore, '--confirm', `localhost:${production.port}`)
    expect(stderr).not.toContain('another server')
  })

  test('through Sentinel after a failover, by the name of the master', async () => {
    await staging.cli('REPLICAOF', '127.0.0.1', String(production.port))
    await until(async () => (await staging.cli('INFO', 'replication')).includes('master_link_status:up'))
    await using sentinel = await startSentinel(production)
    const name = sentinel.masterName
    const through = ['--redis-sentinel', sentinel.address]
    await backUp(`redis://${name}`, ...through, '--redis-replica=false')
    await until(async () => (await sentinel.cli('SENTINEL', 'REPLICAS', name)).includes(String(staging.port)))
    production.kill()
    const asked = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]
    await until(async () => (await sentinel.cli(...asked)).includes(String(staging.port)), 30)
    await until(async () => (await staging.cli('ROLE')).startsWith('master'))
    await staging.cli('SET', 'of', 'changed')
    const { stderr } = await succeed(`redis://${name}`, ...restore, ...through, '--confirm', name)
    expect(stderr).not.toContain('another server')
    expect(await staging.cli('GET', 'of')).toBe('production')
  })

  test('of a cluster, through another of its nodes', async () => {
    await using cluster = await startRedisCluster(3)
    const last = cluster.masters.at(-1) as TestRedis
    await backUp(cluster.url)
    const { stderr } = await succeed(last.url, ...restore, ...confirm(last))
    expect(stderr).not.toContain('another server')
  })
})
