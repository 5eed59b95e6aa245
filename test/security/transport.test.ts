// Unencrypted and unverified connections
// An attacker on the network reads or replaces data in transit, and the operator gets no warning.
import { expect, test } from 'vitest'
import { isLoopback } from '../../src/domain/loopback.ts'
import { makeWorld } from '../../src/main/world.ts'
import { resguardo } from '../support/command-line.ts'
import { recordingReporter } from '../support/fakes.ts'

/** Warnings of a world whose servers do not answer. */
async function warnings(work: (world: ReturnType<typeof makeWorld>) => Promise<unknown>): Promise<readonly string[]> {
  const reporter = recordingReporter()
  await work(makeWorld({ hideSecrets: String, reporter, signal: AbortSignal.timeout(20_000) })).catch(() => {})
  return reporter.texts('warn')
}

/** A block for documentation: nothing answers there. */
const remote = '192.0.2.1'
const database = (host: string, query = '') => `postgresql://app:hunter2secret@${host}:1/shop?connect_timeout=1${query}`

test.each([
  ['disable', 'is not encrypted'],
  ['allow', 'may be unencrypted'],
  ['prefer', 'may be unencrypted'],
  ['require', 'the server is not verified'],
  ['verify-ca', "the server's name is not verified"],
])(
  'a remote PostgreSQL connection that is not verified prints one warning with the remedy: sslmode=%s',
  async (mode, what) => {
    const authority = mode === 'verify-ca' ? `&sslrootcert=${import.meta.filename}` : ''
    const url = database(remote, mode === 'prefer' ? '' : `&sslmode=${mode}${authority}`)
    const said = await warnings(async ({ identifyDatabase }) => {
      await identifyDatabase(url).catch(() => {})
      await identifyDatabase(url)
    })
    expect(said).toEqual([expect.stringContaining(what)])
    expect(said[0]).toContain('sslmode=verify-full')
    expect(said[0]).not.toContain('hunter2secret')
  },
)

test('a remote database of a backup, restore, tenant command, run record or drill prints a warning', async () => {
  const url = database(remote)
  const ways: ((world: ReturnType<typeof makeWorld>) => Promise<unknown>)[] = [
    ({ openPlatform }) => openPlatform(url, { installTools: false }),
    ({ openLiveServer }) => openLiveServer(url, { installTools: false }),
    ({ openTenants }) => openTenants(url),
    ({ openTenantTarget }) => openTenantTarget(url),
    ({ openRecord }) => openRecord(url, { table: 'BackupRun' } as never),
    ({ openScratch }) => openScratch({ server: { url, database: 'x' } } as never),
  ]
  for (const way of ways) expect(await warnings(way)).toEqual([expect.stringContaining('sslmode=prefer')])
})

test.each(['127.0.0.1', 'localhost', '[::1]', '%2Fvar%2Frun%2Fpostgresql'])(
  'a connection to this machine or to a verified server prints no warning: %s',
  async (host) => {
    expect(await warnings(({ identifyDatabase }) => identifyDatabase(database(host)))).toEqual([])
    expect(
      await warnings(({ identifyDatabase }) =>
        identifyDatabase(database(remote, `&sslmode=verify-full&sslrootcert=${import.meta.filename}`)),
      ),
    ).toEqual([])
  },
)

test('a remote Redis connection without TLS prints a warning, also with Sentinel', async () => {
  const url = `redis://:hunter2secret@${remote}:1/0`
  expect(await warnings(({ openRedis }) => openRedis({ url }))).toEqual([expect.stringContaining('rediss://')])
  const behind = { url: 'redis://:hunter2secret@mymaster', sentinels: [`${remote}:26379`] }
  expect(await warnings(({ openRedisTarget }) => openRedisTarget(behind))).toEqual([
    expect.stringContaining('not encrypted'),
  ])
  expect(await warnings(({ openRedis }) => openRedis({ url: url.replace('redis:', 'rediss:') }))).toEqual([])
  expect(await warnings(({ openRedis }) => openRedis({ url: 'redis://127.0.0.1:1' }))).toEqual([])
})

test('a store with an http:// endpoint prints a warning unless it is on this machine', async () => {
  const open = (endpoint: string) =>
    warnings(({ openStore }) =>
      openStore('s3://bucket/x', { s3Endpoint: endpoint, s3AccessKeyId: 'a', s3SecretAccessKey: 'b' }),
    )
  expect(await open(`http://user:hunter2secret@${remote}:9000`)).toEqual([
    expect.stringMatching(/^The endpoint http:\/\/192\.0\.2\.1:9000 of the store is not encrypted/),
  ])
  expect(await open('http://127.0.0.1:9000')).toEqual([])
  expect(await open(`https://${remote}:9000`)).toEqual([])
})

test('a host name that resembles localhost or 127.0.0.1 is treated as remote', () => {
  for (const host of [
    '127.0.0.1.example.com',
    'localhost.example.com',
    'notlocalhost',
    '1127.0.0.1',
    '10.0.0.1',
    '::2',
    '',
  ])
    expect(isLoopback(host)).toBe(false)
})

test('the warning appears in the output of a command', async () => {
  const { stderr } = await resguardo(['migration-gate', '--store', '/tmp/none'], { DATABASE_URL: database(remote) })
  expect(stderr).toMatch(/^warning: The connection to shop on 192\.0\.2\.1:1 may be unencrypted/m)
})
