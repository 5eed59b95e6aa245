// The demo of ./scripts/demo: a sample platform with a Redis, backup, list, drills, restores, and the list of files.
import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { toUrl, withDatabase } from '../src/engines/postgres/connection/address.ts'
import { installedTools } from '../src/engines/postgres/tools.ts'
import { type Cluster, startCluster } from '../test/support/cluster.ts'
import { makeSamplePlatform } from './sample-platform.ts'
import { type DemoRedis, startDemoRedis } from './walkthrough/demo-redis.ts'
import { farewell } from './walkthrough/farewell.ts'
import { commandLine, heading } from './walkthrough/show.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, '.demo')
const { values } = parseArgs({
  options: { megabytes: { type: 'string', default: '20' }, keep: { type: 'boolean', default: false } },
})
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort(new Error('stopped')))

await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
const cluster = await startServer()
let redis: DemoRedis | undefined
try {
  redis = await startDemoRedis()
  await demonstrate(cluster, redis)
} catch (error) {
  if (!stopping.signal.aborted)
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  await redis?.stop()
  await cluster.stop()
  console.log('The demo servers are stopped and gone.')
}

async function startServer(): Promise<Cluster> {
  const tools = (await installedTools(process.env.PATH ?? '')).find(({ server }) => server)
  if (!tools) throw new Error('no PostgreSQL server is installed')
  heading(`Starting a throwaway PostgreSQL ${tools.version} and a throwaway Redis`)
  // As root the server runs as another user, who may not have access to the repository.
  const temporary = process.getuid?.() === 0 ? tmpdir() : folder
  return startCluster({
    tools,
    temporary,
    prefix: 'resguardo-demo-',
    settings: { fsync: 'off' },
    signal: stopping.signal,
  })
}

async function demonstrate(server: Cluster, redis: DemoRedis): Promise<void> {
  const url = toUrl(withDatabase(server.address, 'shop'))
  heading(
    'Creating a sample platform: 20 tenants with users, products, invoices, an audit log; sessions and a queue in Redis',
  )
  await query(toUrl(server.address), 'CREATE DATABASE shop')
  await makeSamplePlatform(url, { megabytes: Number(values.megabytes), tenants: 20 })
  const environment = { DATABASE_URL: url, REDIS_URL: redis.url, BACKUP_DIR: join(folder, 'backups') }
  const run = commandLine(root, environment, stopping.signal)
  await run('Back up the database, every tenant and Redis in one run', 'backup', '--name', 'shop', '--kind', 'all')
  await run('List the backups', 'list')
  await run('Drill: restore into a scratch server and compare every table', 'test-restore')
  await run('Restore into a new database', 'restore', '--strategy', 'new', '--target-database', 'shop_restored')
  await compare(url, toUrl(withDatabase(server.address, 'shop_restored')))
  await oneTenant(url, run)
  await queueLost(redis, run)
  await run('List the backups again: they are proven', 'list')
  await farewell(root, folder)
  if (values.keep) await untilStopped(url, redis)
}

/**
 * Deletes rows of one tenant, as if by mistake, and restores them from the backup of the whole platform without
 * changing other tenants.
 */
async function oneTenant(url: string, run: ReturnType<typeof commandLine>): Promise<void> {
  const [row] = await query(url, 'SELECT id::text FROM "Tenant" ORDER BY slug OFFSET 6 LIMIT 1')
  const tenant = String(row?.id)
  const lines = `"InvoiceLine" WHERE "invoiceId" IN (SELECT id FROM "Invoice" WHERE "tenantId" = '${tenant}')`
  heading(`Somebody deletes the invoices of tenant ${tenant}`)
  await query(url, `DELETE FROM ${lines}`)
  await query(url, `DELETE FROM "Invoice" WHERE "tenantId" = '${tenant}'`)
  const asked = ['--kind', 'tenant', '--tenant', tenant, '--from', 'latest', '--mode', 'replace']
  await run('Restore that tenant from the backup of the whole platform', 'restore', ...asked, '--confirm', 'shop')
}

/** Flushes Redis, as if by mistake, and restores it: its queue is paused, and then resumed. */
async function queueLost({ client, queue, address }: DemoRedis, run: ReturnType<typeof commandLine>): Promise<void> {
  await run('Drill the backup of Redis in a throwaway redis-server', 'test-restore', '--kind', 'redis')
  heading('Somebody runs FLUSHALL')
  await client.flushall()
  await run('Restore Redis', 'restore', '--kind', 'redis', '--confirm', address)
  heading('The queue was restored paused: check the jobs, then resume it')
  if (!(await queue.isPaused())) throw new Error('the queue is not paused')
  await queue.resume()
  const { wait, delayed } = await queue.getJobCounts('wait', 'delayed')
  console.log(
    `  await new Queue('mail', { connection }).resume()     ${wait} jobs may be done, ${delayed} waits for tomorrow`,
  )
  if (wait !== 12 || delayed !== 1) throw new Error('the queue is not as it was')
}

async function compare(original: string, restored: string): Promise<void> {
  heading('The original and the restored database')
  for (const tableName of ['Tenant', 'Customer', 'Invoice', 'InvoiceLine', 'AuditLog']) {
    const sql = `SELECT count(*)::int AS rows FROM ${pg.escapeIdentifier(tableName)}`
    const [[before], [after]] = await Promise.all([query(original, sql), query(restored, sql)])
    console.log(`  ${tableName.padEnd(12)} ${String(before?.rows).padStart(8)} ${String(after?.rows).padStart(8)}`)
    if (before?.rows !== after?.rows) throw new Error(`${tableName} differs`)
  }
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

async function untilStopped(url: string, redis: DemoRedis): Promise<void> {
  console.log(`The servers keep running until Ctrl-C:\n  psql '${url}'\n  redis-cli -u ${redis.url}`)
  await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }))
}
