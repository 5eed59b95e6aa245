// Sandbox of the scratch PostgreSQL server
// Code in a dump runs as superuser of the scratch server and attacks the machine that runs the drill.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, open as openFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { cannotUseNamespaces } from '../support/confined.ts'
import { openFolder } from '../support/drill.ts'
import {
  attackScratchInProcess,
  type HostileDrill,
  type HostileSeen,
  hostileSql,
  ordinary,
} from '../support/hostile-scratch.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl } from '../support/real-world.ts'

const isRoot = process.getuid?.() === 0
const secret = 'a-secret-of-production'
/** By the argument of `sleep` a process is found that was left behind. */
const left = '86391'

let production: TestPostgres
let folder: string
let backup: string

const ways: Record<string, { readonly unable: string | undefined; readonly user: { uid?: number; gid?: number } }> = {
  'as root': { unable: isRoot ? undefined : 'this is not root', user: {} },
  'as an ordinary user': {
    unable: isRoot ? cannotUseNamespaces() : 'only root can become another user',
    user: ordinary,
  },
}

beforeAll(async () => {
  production = await startPostgres()
  folder = await openFolder('sandbox-postgres')
  const url = await production.createDatabase('hostile')
  await production.query('hostile', hostileSql)
  backup = (await backUpUrl(url, [openDirectoryStore(join(folder, 'store'))])).manifest.id
  execFileSync('chmod', ['-R', 'a+rX', folder])
  for (const name of ['temporary', 'home', 'home/.ssh', 'open']) await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, 'home/.ssh/id_ed25519'), secret)
  await writeFile(join(folder, 'open/secret'), secret)
  for (const name of ['temporary', 'open']) await chmod(join(folder, name), 0o777)
  if (isRoot)
    for (const name of ['home', 'home/.ssh', 'home/.ssh/id_ed25519'])
      await chown(join(folder, name), ordinary.uid, ordinary.gid)
})

afterAll(async () => {
  await production?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe.each(Object.entries(ways))('%s', (_, { unable, user }) => {
  const attack = (commands: readonly string[], more: Partial<HostileDrill> = {}): HostileSeen => {
    const environment = {
      HOME: join(folder, 'home'),
      PRODUCTION_TOKEN: secret,
      DATABASE_URL: production.url('hostile'),
    }
    const places = { store: join(folder, 'store'), backup, temporary: join(folder, 'temporary') }
    return attackScratchInProcess({ ...places, commands, ...more }, environment, user)
  }
  const leftovers = () => readdir(join(folder, 'temporary'))
  const isReady = (host: string) => `${production.tools.folder}/pg_isready -h ${host} -p ${production.port}`
  const open = (name: string) => join(folder, 'open', name)
  let isolation: string
  let bystander: ChildProcess
  /** What each attack printed, all of them in one drill. */
  const printed: Record<string, string> = {}

  beforeAll(async () => {
    if (unable !== undefined) return
    bystander = spawn('sleep', ['600'], { stdio: 'ignore', ...user })
    const files = [
      join(folder, 'home/.ssh/id_ed25519'),
      open('secret'),
      join(folder, `store/hostile/${backup}/manifest.json`),
    ]
    const targets = [open('planted'), '/usr/bin/planted', '/planted', '/etc/planted', '/dev/planted']
    const attacks = {
      'who I am': 'cat /tmp/ran-while-loading; id -u; grep -E "NoNewPrivs|CapEff" /proc/self/status',
      environment: 'cat /proc/[0-9]*/environ | tr "\\0" "\\n"; env',
      files: `for file in ${files.join(' ')} /root/.bashrc /etc/shadow /etc/hostname; do cat "$file" && echo; done`,
      folders: `ls -R ${folder} | head -50; ls /root /home /var /run /mnt /srv /old /proc/1/root`,
      descriptors:
        'ls -l /proc/[0-9]*/fd; for file in /proc/[0-9]*/fd/3 /proc/[0-9]*/fd/12; do [ -f "$file" ] && tr -cd "[:print:]" <"$file"; done',
      writing: targets.map((path) => `echo x >${path} && echo wrote ${path}`).join('; '),
      production: `${isReady('127.0.0.1')}; ${isReady(production.folder)}`,
      network: 'tail -n +3 /proc/net/dev | grep -v "lo:"; cat /proc/net/route /proc/net/unix | grep -c "@"',
      processes: `kill -KILL ${bystander.pid} ${process.pid}; cat /proc/[0-9]*/cmdline | tr "\\0" " "`,
      links: `cd ${join(folder, 'temporary')}/*/work && ln -s ${join(folder, 'open')} link && ln -s ${join(folder, 'open')} data/link; ln -s / /tmp/link`,
      limits: 'cat /proc/self/limits',
      background: `setsid sleep ${left} >/dev/null 2>&1 &`,
      bomb: `(trap 'set -- /proc/[0-9]*; echo $#; kill $all' EXIT
        i=0; while [ $i -lt 1500 ]; do sleep 60 >/dev/null & all="$all $!"; i=$((i+1)); done) 2>/dev/null`,
    }
    const file = await openFile(open('secret'))
    const seen = attack(Object.values(attacks), { inherited: file.fd })
    await file.close()
    isolation = seen.isolation
    for (const [at, name] of Object.keys(attacks).entries()) printed[name] = seen.printed[at] ?? ''
  })

  afterAll(() => void bystander?.kill())

  test.skipIf(unable !== undefined)(
    'commands in a CHECK constraint run during the load, but not as the operator, postgres or root',
    () => {
      const [ran, id, ...status] = (printed['who I am'] ?? '').split('\n')
      expect(ran).toBe(id)
      expect(status.map((line) => line.replace('\t', ' '))).toEqual(['CapEff: 0000000000000000', 'NoNewPrivs: 1'])
      expect(isolation).toBe(user.uid === undefined ? 'root' : 'user-namespace')
      if (user.uid === undefined) expect(Number(id)).toBeGreaterThanOrEqual(65_534)
    },
  )

  test.skipIf(unable !== undefined)(
    "a function in a dump cannot read the environment of the operator's processes",
    () => {
      expect(printed.environment).toContain('USER=scratch')
      expect(printed.environment).not.toContain(secret)
      expect(printed.environment).not.toContain(production.password)
    },
  )

  test.skipIf(unable !== undefined)(
    "a function in a dump cannot read the operator's keys, the store or world-readable files of the machine",
    () => {
      expect(printed.files?.split('\n').every((line) => /No such file|Permission denied/.test(line))).toBe(true)
      expect(printed.folders).not.toMatch(/id_ed25519|manifest/)
    },
  )

  test.skipIf(unable !== undefined)('a function in a dump inherits no open file of Resguardo', () => {
    expect(printed.descriptors).toContain('->')
    expect(printed.descriptors).not.toContain('open/secret')
    expect(printed.descriptors).not.toContain(secret)
  })

  test.skipIf(unable !== undefined)(
    'a function in a dump cannot write outside of its server, even to world-writable folders',
    async () => {
      expect(printed.writing).not.toContain('wrote')
      expect(await readdir(join(folder, 'open'))).toEqual(['secret'])
    },
  )

  test.skipIf(unable !== undefined)(
    'a function in a dump reaches neither the production server on the same machine nor the network',
    () => {
      expect(printed.production?.match(/no response/g)).toHaveLength(2)
      expect(printed.network).toBe('0')
    },
  )

  test.skipIf(unable !== undefined)(
    'a function in a dump can neither list nor signal processes outside of the sandbox',
    () => {
      expect(printed.processes).toContain('No such process')
      expect(printed.processes).not.toMatch(/vitest|node|sleep 600/)
      expect(bystander.exitCode ?? bystander.signalCode).toBeNull()
    },
  )

  test.skipIf(unable !== undefined)('a process started by a function in a dump ends with the drill', () => {
    expect(spawnSync('pgrep', ['-fx', `sleep ${left}`], { encoding: 'utf8' }).stdout).toBe('')
  })

  test.skipIf(unable !== undefined)('a function in a dump cannot exceed the limits on processes and memory', () => {
    const rows = (printed.limits ?? '').split('\n').map((line) => [line.slice(0, 25).trim(), line.slice(26, 46).trim()])
    const limits = Object.fromEntries(rows) as Record<string, string>
    expect(limits).toMatchObject({ 'Max processes': '1024', 'Max core file size': '0' })
    expect(Number(limits['Max address space'])).toBeLessThan(totalmem())
    expect(Number(printed.bomb)).toBeGreaterThan(500)
    expect(Number(printed.bomb)).toBeLessThan(1100)
  })

  test.skipIf(unable !== undefined)(
    'symbolic links left by a function in a dump do not redirect the cleanup',
    async () => {
      expect(printed.links).toBe('')
      expect(await readFile(open('secret'), 'utf8')).toBe(secret)
      expect(await leftovers()).toEqual([])
    },
  )

  test.skipIf(unable !== undefined)(
    "a symbolic link in place of the server's socket does not redirect Resguardo to another server",
    () => {
      const socket = join(production.folder, `.s.PGSQL.${production.port}`)
      const { printed, dataDirectory } = attack([
        `cd ${join(folder, 'temporary')}/*/sockets && rm .s.PGSQL.5432 && ln -s ${socket} .s.PGSQL.5432 && echo replaced`,
        `cd ${join(folder, 'temporary')}/*/published && rm .s.PGSQL.5432 && echo replaced`,
      ])
      expect(printed[0]).toBe('replaced')
      expect(printed[1]).not.toContain('replaced')
      expect(dataDirectory).toMatch(/resguardo-scratch-\w+\/work\/data$/)
    },
  )

  test.skipIf(unable !== undefined)(
    'if Resguardo is killed, the scratch server, its child processes and its folder are removed',
    async () => {
      attack([`setsid sleep ${left} >/dev/null 2>&1 &`], { killed: true })
      await expect.poll(leftovers, { timeout: 10_000 }).toEqual([])
      expect(spawnSync('pgrep', ['-fx', `sleep ${left}`], { encoding: 'utf8' }).stdout).toBe('')
    },
  )
})
