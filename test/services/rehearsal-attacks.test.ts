// A hostile migration on restored data: its attempts to reach, read, change or leave something, as root and as an
// ordinary user.
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Rehearsal } from '../../src/domain/drill/rehearsal.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl } from '../support/real-world.ts'
import { drillWithRehearsal, type RehearsedDrill, writeFiles } from '../support/rehearsal.ts'

const isRoot = process.getuid?.() === 0
/** An ordinary user, for root to become. */
const ordinary = { uid: 65_534, gid: 65_534 }
const secret = 'a-secret-of-production'
/** Arguments of `sleep` by which processes that were left behind are found. */
const left = { background: '86399', bomb: '86398' }

let production: TestPostgres
let folder: string
let backup: string
/** Outside of the rehearsal, readable by everybody. */
let secretFile: string

/** Every variable that a rehearsed command may have; the shell makes PWD and OLDPWD. */
const allowed =
  /^(CI|DATABASE_URL|DIRECT_URL|HOME|LANG|LOGNAME|PATH|PG(HOST|PORT|USER|PASSWORD|DATABASE|SSLMODE)|PWD|OLDPWD|SHELL|TERM|TMPDIR|TZ|USER)$/

interface Seen {
  readonly verdict: string
  readonly rehearsal: Rehearsal | undefined
  readonly failure: string | undefined
  readonly said: readonly string[]
}

const ways: Record<
  string,
  { readonly unable: string | undefined; run(rehearsal: RehearsedDrill['rehearsal']): Promise<Seen> }
> = {
  'as this user': { unable: undefined, run: (rehearsal) => here(rehearsal) },
  'as an ordinary user, started by root': {
    unable: isRoot ? cannotUseNamespaces() : 'only root can become another user',
    run: async (rehearsal) => elsewhere(rehearsal),
  },
}

function drillOf(rehearsal: RehearsedDrill['rehearsal']): RehearsedDrill {
  return { store: join(folder, 'store'), backup, temporary: join(folder, 'temporary'), rehearsal }
}

async function here(rehearsal: RehearsedDrill['rehearsal']): Promise<Seen> {
  process.env.PRODUCTION_TOKEN = secret
  const { record, failure, said } = await drillWithRehearsal(drillOf(rehearsal))
  return { verdict: record.verdict, rehearsal: record.rehearsal, failure: failure?.message, said }
}

function elsewhere(rehearsal: RehearsedDrill['rehearsal']): Seen {
  const theirs = ['store', 'temporary', 'home'].map((name) => join(folder, name))
  execFileSync('chown', ['-R', `${ordinary.uid}:${ordinary.gid}`, ...theirs])
  const script = join(import.meta.dirname, '../support/rehearse-as-user.ts')
  const ran = spawnSync(process.execPath, [script, JSON.stringify(drillOf(rehearsal))], {
    ...ordinary,
    env: { PATH: process.env.PATH, HOME: join(folder, 'home'), PRODUCTION_TOKEN: secret },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (ran.status !== 0) throw new Error(ran.stderr)
  return JSON.parse(ran.stdout) as Seen
}

/** Why the kernel does not let an ordinary user make namespaces; undefined if it does. */
function cannotUseNamespaces(): string | undefined {
  const { status, stderr } = spawnSync('unshare', ['--user', '--map-current-user', '--net', 'true'], {
    ...ordinary,
    encoding: 'utf8',
  })
  return status === 0 ? undefined : `this kernel gives no user namespaces: ${stderr}`
}

/** What the attack got, by its name. */
function gains(said: readonly string[]): Record<string, unknown> {
  const lines = said.map((line) => line.replace(/^\| /, '')).filter((line) => line.startsWith('{"attack"'))
  return Object.fromEntries(
    lines.map((line) => JSON.parse(line) as { attack: string; got: unknown }).map(({ attack, got }) => [attack, got]),
  )
}

function running(argument: string): number {
  return spawnSync('pgrep', ['-fx', `sleep ${argument}`], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(Boolean).length
}

beforeAll(async () => {
  production = await startPostgres()
  folder = await openFolder('rehearsal-attacks')
  const url = await production.createDatabase('shop')
  await production.query('shop', 'CREATE TABLE t AS SELECT i AS a FROM generate_series(1, 10) i')
  backup = (await backUpUrl(url, [openDirectoryStore(join(folder, 'store'))])).manifest.id
  for (const name of ['temporary', 'home', 'checkout']) await mkdir(join(folder, name))
  secretFile = join(folder, 'runner-token')
  await writeFile(secretFile, secret)
  await chmod(secretFile, 0o644)
  const checkout = await writeFiles(join(folder, 'checkout'), {
    'attack.mjs': await readFile(join(import.meta.dirname, '../support/attack.mjs'), 'utf8'),
    'untracked.env': secret,
  })
  for (const words of [
    ['init', '-q'],
    ['add', 'attack.mjs'],
    ['config', 'http.extraheader', `AUTHORIZATION: basic ${secret}`],
  ]) {
    execFileSync('git', ['-C', checkout, ...words])
  }
}, 120_000)

afterAll(async () => {
  delete process.env.PRODUCTION_TOKEN
  await production?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe.each(Object.entries(ways))('%s', (_, { unable, run }) => {
  const able = test.skipIf(unable !== undefined)
  const rehearse = (migrateCommand: string, more: Partial<RehearsedDrill['rehearsal']> = {}) =>
    run({ directory: join(folder, 'checkout'), migrateCommand, ...more })

  able('it reaches no server but scratch, reads no secret, and gains no right', async () => {
    const listener = createServer().listen(0, '0.0.0.0')
    await once(listener, 'listening')
    const { port } = listener.address() as { port: number }
    const checkout = join(folder, 'checkout')
    const targets = {
      sockets: {
        scratch: { host: '127.0.0.1', port: 5432 },
        'production by TCP': { host: '127.0.0.1', port: production.port },
        'production by its socket': { path: join(production.folder, `.s.PGSQL.${production.port}`) },
        'another local server': { host: '127.0.0.1', port },
        'the metadata service': { host: '169.254.169.254', port: 80 },
        'the network': { host: '1.1.1.1', port: 443 },
      },
      files: {
        'the token of git': join(checkout, '.git/config'),
        'the token of git in the copy': '/rehearsal/checkout/.git/config',
        'a file that git does not track': '/rehearsal/checkout/untracked.env',
        'a file of the runner': secretFile,
        'a file of the runner through process 1': `/proc/1/root${secretFile}`,
        'the environment of process 1': '/proc/1/environ',
        'the shadow': '/etc/shadow',
      },
      commands: {
        sudo: ['sudo', '-n', 'id'],
        unshare: ['unshare', '--user', '--map-root-user', 'id'],
        'write to the system': ['sh', '-c', 'echo x > /usr/bin/resguardo-attack || echo x > /etc/resguardo-attack'],
        'open the inspector of process 1': [
          'sh',
          '-c',
          'kill -USR1 1; sleep 1; exec 2>&1; cat /proc/net/tcp | grep -c :240D',
        ],
        'kill process 1': ['sh', '-c', 'kill -KILL 1; kill -TERM 1; echo alive'],
        identity: ['id', '-u'],
      },
      sleep: left.background,
    }
    try {
      const { rehearsal, said, verdict } = await rehearse(`node attack.mjs '${JSON.stringify(targets)}'`)
      expect(rehearsal, said.join('\n')).toMatchObject({ verdict: 'passed' })
      expect(verdict).toBe('proven')
      const got = gains(said)
      const { 'reach scratch': scratch, ...reached } = Object.fromEntries(
        Object.entries(got).filter(([name]) => name.startsWith('reach ')),
      )
      expect(scratch).toBe('connected')
      expect(Object.keys(reached)).toHaveLength(5)
      for (const [name, answer] of Object.entries(reached))
        expect(`${name}: ${answer}`).toMatch(/failed: (ECONNREFUSED|ENOENT|ENETUNREACH|EACCES)$/)
      const read = Object.entries(got).filter(([name]) => name.startsWith('read '))
      expect(read).toHaveLength(7)
      for (const [name, answer] of read) expect(`${name}: ${answer}`).toMatch(/failed: (ENOENT|EACCES)$/)
      expect(said.join('\n')).not.toContain(secret)
      expect(Object.keys(got.environment as object).filter((name) => !allowed.test(name))).toEqual([])
      expect(got['number of processes']).toBeLessThan(6)
      expect(got['environments of others']).toMatch(/^failed: EACCES/)
      expect(got['root of process 1']).toBe('failed: EACCES')
      expect(got.status).toMatch(/CapEff:\s0+\nCapBnd:\s0+\nCapAmb:\s0+\nNoNewPrivs:\s1/)
      expect(got.sudo).toMatch(/^failed/)
      expect(got.unshare).toMatch(/^failed/)
      expect(got['write to the system']).toMatch(/^failed/)
      expect(got['open the inspector of process 1']).toMatch(/^(0|failed)/)
      expect(got['kill process 1']).toMatch(/^alive$/)
      expect(got.identity).not.toBe('0')
      expect(running(left.background)).toBe(0)
    } finally {
      listener.close()
    }
  })

  able('a bomb of processes hits a limit and is gone with the rehearsal', async () => {
    const bomb = `i=0; while [ $i -lt 1300 ]; do sleep ${left.bomb} & i=$((i+1)); done; echo all started`
    const { rehearsal, said } = await rehearse(bomb, { timeoutSeconds: 20 })
    expect(rehearsal?.verdict).toBe('failed')
    expect(said).not.toContain('| all started')
    expect(running(left.bomb)).toBe(0)
  })

  able(
    'a command that ignores signals and never ends is ended when its time is up, with everything it started',
    async () => {
      const stubborn = `trap '' TERM INT HUP; setsid sh -c "trap '' TERM; sleep ${left.background}" & while :; do sleep ${left.background}; done`
      const { rehearsal } = await rehearse(stubborn, { timeoutSeconds: 1 })
      expect(rehearsal).toMatchObject({ verdict: 'failed', seconds: expect.any(Number) })
      expect(rehearsal?.exitCode).toBeUndefined()
      expect(rehearsal?.seconds).toBeLessThan(8)
      await expect.poll(() => running(left.background)).toBe(0)
    },
  )

  able('what it says cannot command a runner, and is not without end', async () => {
    const loud = `echo '::set-output name=verdict::proven'; printf 'a\\r::error::b\\n'; echo 'x ##[error]y'; yes loud | head -n 20000`
    const { said } = await rehearse(loud)
    expect(said.filter((line) => /^\s*::|##\[/.test(line))).toEqual([])
    expect(said.length).toBeLessThan(2100)
    expect(said.join('\n')).toMatch(/more lines are not shown/)
  })

  able('leaves no folder behind', async () => {
    expect(await readdir(join(folder, 'temporary'))).toEqual([])
  })
})
