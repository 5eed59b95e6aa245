// Connections to a real server: node-postgres and libpq's tools reach the same server, as the same user, in the same
// way.
import { execFileSync } from 'node:child_process'
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAddress, toolEnvironment } from '../../src/engines/postgres/connection/address.ts'
import { withClient } from '../../src/engines/postgres/connection/connect.ts'
import { resolveConnection } from '../../src/engines/postgres/connection/resolve.ts'
import { readTool } from '../../src/streams/processes/read-tool.ts'
import { resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let home: string
let authority: string
let port: number

beforeAll(async () => {
  server = await startPostgres()
  port = server.port
  home = await temporaryFolder('connections')
  authority = join(home, 'ca.crt')
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost']
  const names = ['-addext', 'subjectAltName=DNS:db.internal,IP:127.0.0.1']
  execFileSync('openssl', [...request, ...names, '-keyout', join(home, 'key'), '-out', authority], { stdio: 'ignore' })
  for (const [name, from] of [
    ['tls.crt', authority],
    ['tls.key', join(home, 'key')],
  ] as const) {
    // The folder is the server's: what is written there gets its owner.
    await server.query(
      'postgres',
      `COPY (SELECT unnest(string_to_array($t$${await readFile(from, 'utf8')}$t$, E'\\n'))) TO '${server.folder}/data/${name}'`,
    )
    await chmod(join(server.folder, 'data', name), 0o600)
  }
  for (const setting of [`ssl_cert_file = 'tls.crt'`, `ssl_key_file = 'tls.key'`, 'ssl = on'])
    await server.query('postgres', `ALTER SYSTEM SET ${setting}`)
  await server.query('postgres', 'SELECT pg_reload_conf()')
  while ((await server.query<{ ssl: string }>('postgres', 'SHOW ssl'))[0]?.ssl !== 'on') await sleep(20)
  await server.createDatabase('shop')
  await server.query('shop', 'CREATE TABLE t (n int)')
  await server.query('postgres', `CREATE ROLE plain LOGIN SUPERUSER PASSWORD 'it''s: 100%/\\#'`)
  await writeFile(join(home, '.pgpass'), `*:${port}:*:plain:it's\\: 100%/\\\\#\n`, { mode: 0o600 })
  await writeFile(join(home, 'services'), `[shop]\nhost=127.0.0.1\nport=${port}\ndbname=shop\nuser=plain\n`)
})

afterAll(async () => {
  await server?.stop()
  await rm(home, { recursive: true, force: true })
})

const aboutSql = `SELECT concat_ws(' ', current_user, current_database(), pg_postmaster_start_time()::text,
  (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), coalesce(host(inet_server_addr()), 'socket')) AS about`

/** What both clients say of the session; they must agree. */
async function reached(text: string, environment: Record<string, string> = {}): Promise<string> {
  const address = parseAddress(await resolveConnection(text, { HOME: home, ...environment }))
  const ours = await withClient(
    address,
    async (client) => (await client.query({ text: aboutSql, rowMode: 'array' })).rows[0]?.[0],
  )
  const theirs = await readTool({
    command: join(server.tools.folder, 'psql'),
    arguments: ['-XAt', '--no-password', '-c', aboutSql],
    environment: { ...toolEnvironment(address), HOME: '/' },
  })
  expect(theirs.trim()).toBe(ours)
  return ours.replace(/ \d{4}-.*?\+00/, '')
}

const encoded = encodeURIComponent("it's: 100%/\\#")

describe('both clients reach the same session', () => {
  test.each([
    [
      'by a URL',
      (): string => `postgresql://plain:${encoded}@127.0.0.1:${port}/shop?sslmode=disable`,
      {},
      'plain shop f 127.0.0.1',
    ],
    ['with a password file', (): string => `postgresql://plain@127.0.0.1:${port}/shop`, {}, 'plain shop t 127.0.0.1'],
    [
      'with key=value',
      (): string => `host=127.0.0.1 port=${port} dbname=shop user=plain sslmode=require`,
      {},
      'plain shop t 127.0.0.1',
    ],
    [
      'with PGUSER and PGPASSWORD',
      (): string => `postgresql://127.0.0.1:${port}/shop`,
      { PGUSER: 'plain', PGPASSWORD: "it's: 100%/\\#" },
      'plain shop t 127.0.0.1',
    ],
    [
      'with parameters only',
      (): string => `postgresql:///shop?user=plain&host=127.0.0.1&port=${port}`,
      {},
      'plain shop t 127.0.0.1',
    ],
    [
      'by a socket',
      (): string => `postgresql://plain@/shop?host=${encodeURIComponent(server.folder)}&port=${port}`,
      {},
      'plain shop f socket',
    ],
    [
      'at a numeric address',
      (): string =>
        `host=db.internal hostaddr=127.0.0.1 port=${port} dbname=shop user=plain sslmode=verify-full sslrootcert=${authority}`,
      {},
      'plain shop t 127.0.0.1',
    ],
    [
      'with verify-full to an IP address',
      (): string => `postgresql://plain@127.0.0.1:${port}/shop?sslmode=verify-full&sslrootcert=${authority}`,
      {},
      'plain shop t 127.0.0.1',
    ],
    [
      'with verify-ca to another name',
      (): string =>
        `host=wrong.internal hostaddr=127.0.0.1 port=${port} dbname=shop user=plain sslmode=verify-ca sslrootcert=${authority}`,
      {},
      'plain shop t 127.0.0.1',
    ],
    [
      'with PGSSLMODE and PGSSLROOTCERT',
      (): string => `postgresql://plain@127.0.0.1:${port}/shop`,
      () => ({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: authority }),
      'plain shop t 127.0.0.1',
    ],
    [
      'with channel binding',
      (): string => `postgresql://plain@127.0.0.1:${port}/shop?sslmode=require&channel_binding=require`,
      {},
      'plain shop t 127.0.0.1',
    ],
    [
      'with prefer, an authority that does not fit, and so without TLS',
      (): string => `postgresql://plain@127.0.0.1:${port}/shop?sslmode=prefer&sslrootcert=${home}/services`,
      {},
      'plain shop f 127.0.0.1',
    ],
    [
      'by a service',
      (): string => 'postgresql:///?service=shop',
      () => ({ PGSERVICEFILE: join(home, 'services') }),
      'plain shop t 127.0.0.1',
    ],
    [
      'of several hosts',
      (): string => `postgresql://plain@localhost:1,127.0.0.1:${port}/shop?target_session_attrs=primary`,
      {},
      'plain shop t 127.0.0.1',
    ],
    [
      'where a standby is preferred and none is there',
      (): string => `postgresql://plain@127.0.0.1:${port},localhost:1/shop?target_session_attrs=prefer-standby`,
      {},
      'plain shop t 127.0.0.1',
    ],
  ] as const)('%s', async (_, text, environment, expected) => {
    expect(await reached(text(), typeof environment === 'function' ? environment() : environment)).toBe(expected)
  })

  test('settings for libpq in our environment do not reach pg: neither password nor options', async () => {
    const before = { ...process.env }
    Object.assign(process.env, { PGPASSWORD: 'wrong', PGOPTIONS: '-c geqo=off', PGSSLMODE: 'disable' })
    try {
      expect(await reached(`postgresql://plain@127.0.0.1:${port}/shop`)).toBe('plain shop t 127.0.0.1')
    } finally {
      for (const name of ['PGPASSWORD', 'PGOPTIONS', 'PGSSLMODE'])
        if (before[name] === undefined) delete process.env[name]
        else process.env[name] = before[name]
    }
  })
})

describe('neither client connects', () => {
  test.each([
    [
      'to another name',
      'postgres/tls',
      (): string =>
        `host=wrong.internal hostaddr=127.0.0.1 port=${port} dbname=shop user=plain sslmode=verify-full sslrootcert=${authority}`,
    ],
    [
      'without TLS where channel binding is required',
      'postgres/tls',
      (): string => `postgresql://plain@127.0.0.1:${port}/shop?sslmode=disable&channel_binding=require`,
    ],
    ['without a password', 'postgres/bad-password', (): string => `postgresql://postgres@127.0.0.1:${port}/shop`],
    [
      'where no host is a standby',
      'postgres/no-such-server',
      (): string => `postgresql://plain@127.0.0.1:${port}/shop?target_session_attrs=standby`,
    ],
    [
      'where no host answers',
      'postgres/connection-refused',
      (): string => 'postgresql://plain@localhost:1,127.0.0.1:1/shop',
    ],
  ] as const)('%s', async (_, code, text) => {
    await expect(reached(text())).rejects.toMatchObject({ code })
  })
})

describe('on the command line', () => {
  const backUp = (url: string, environment: Record<string, string> = {}) =>
    resguardo(['backup', '--backup-dir', join(home, 'backups')], { HOME: home, ...environment, DATABASE_URL: url })

  test('a backup takes user and password from the environment, and shows neither password nor URL', async () => {
    const { code, stdout, stderr } = await backUp(`postgresql://127.0.0.1:${port}/shop`, {
      PGUSER: 'plain',
      PGPASSWORD: "it's: 100%/\\#",
    })
    expect([code, stderr + stdout]).toEqual([0, expect.not.stringContaining("it's: 100")])
  })

  test.each([
    ['sslmode=verify-full&sslrootcert=/nope.crt', 2, 'postgres/certificate-file'],
    ['sslrootcert=system&sslmode=require', 2, 'postgres/invalid-url'],
    ['gsslib=gssapi', 2, 'postgres/unknown-parameter'],
    ['sslmode=verify-full&sslrootcert=AUTHORITY&hostaddr=127.0.0.1&host=wrong.internal', 6, 'postgres/tls'],
  ])('%s ends with exit code %i', async (query, exit, failure) => {
    const { code, stderr } = await backUp(
      `postgresql://plain@127.0.0.1:${port}/shop?${query.replace('AUTHORITY', authority)}`,
    )
    expect([code, stderr]).toEqual([exit, expect.stringContaining(`code: ${failure}`)])
  })
})
