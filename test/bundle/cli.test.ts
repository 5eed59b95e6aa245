// dist/cli.js as a user starts it: a process of its own, with hardly any environment.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FailureCode } from '../../src/domain/failures/failure-codes.ts'
import { registry } from '../../src/main/registry.ts'
import { makeKey } from '../support/signing.ts'

const program = join(import.meta.dirname, '../../dist/cli.js')
let folder: string
let signingKey: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'resguardo-bundle-'))
  const { path } = makeKey(folder, 'key')
  signingKey = readFileSync(path, 'utf8')
  for (const file of readdirSync(folder)) rmSync(join(folder, file))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function start(words: readonly string[], environment: Record<string, string> = {}) {
  return spawn(process.execPath, [program, ...words], { cwd: folder, env: { PATH: process.env.PATH, ...environment } })
}

function ended(child: ReturnType<typeof start>): Promise<Ran> {
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })))
}

function run(words: readonly string[], environment?: Record<string, string>): Promise<Ran> {
  return ended(start(words, environment))
}

test('help of every command comes up, many at once', async () => {
  const names = Object.keys(registry)
  const all = await Promise.all(
    [['--help'], ['--version'], ...names.map((name) => [name, '--help'])].map((words) => run(words)),
  )
  expect(all.map(({ code, err }) => ({ code, err }))).toEqual(all.map(() => ({ code: 0, err: '' })))
  for (const name of names) expect(all[0]?.out).toContain(`  ${name} `)
})

const secret = 'geheim-12345'
const address = (rest: string) => `postgresql://someone:${secret}@${rest}`

test.each<[string, string[], Record<string, string>, number, FailureCode]>([
  ['no command', [], {}, 2, 'input/unknown-command'],
  ['an unknown command', ['bakcup'], {}, 2, 'input/unknown-command'],
  ['an unknown flag', ['list', '--lsat', '3'], {}, 2, 'input/invalid'],
  ['a bad value', ['list', '--last', '3x'], {}, 2, 'input/invalid'],
  ['a bad variable', ['prune'], { BACKUP_RETENTION_DAYS: 'month' }, 2, 'input/invalid'],
  ['no URL', ['backup'], {}, 2, 'input/invalid'],
  ['no URL for a restore', ['restore'], {}, 2, 'input/invalid'],
  ['no URL for an undo', ['restore', '--undo'], {}, 2, 'input/invalid'],
  ['no URL for a tenant', ['restore', 'tenant', '--tenant', '7'], {}, 2, 'input/invalid'],
  ['no URL for tenants', ['tenants', 'plan'], {}, 2, 'input/invalid'],
  ['a malformed URL', ['backup'], { DATABASE_URL: `mysql://u:${secret}@h/d` }, 2, 'postgres/invalid-url'],
  ['an unknown host', ['backup'], { DATABASE_URL: address('no-such-host.invalid/shop') }, 6, 'postgres/host-unknown'],
  ['a closed port', ['backup'], { DATABASE_URL: address('127.0.0.1:1/shop') }, 6, 'postgres/connection-refused'],
  ['an impossible store', ['list', '--store', 'ftp://x'], {}, 2, 'store/invalid-address'],
  ['an unknown id', ['checksum', '20200101T000000Z'], { BACKUP_DIR: '.' }, 2, 'backup/none'],
])(
  '%s: the right exit code, one error, one hint, one code, no stack, no secret, nothing created',
  async (_, words, environment, exitCode, code) => {
    const ran = await run(words, environment)
    expect(ran).toMatchObject({ code: exitCode, out: '' })
    expect(ran.err.match(/^code: .*$/gm)).toEqual([`code: ${code}`])
    expect(ran.err.match(/^error: /gm)).toHaveLength(1)
    expect(ran.err.match(/^hint: /gm)).toHaveLength(1)
    expect(ran.err).not.toMatch(/^ +at /m)
    expect(ran.err).not.toContain(secret)
    expect(readdirSync(folder)).toEqual([])
  },
)

test.each([
  ['list', 'backup'],
  ['checksum', 'backup'],
  ['checksum redis', 'backup redis'],
  ['test-restore', 'backup'],
  ['pin latest --reason x', 'backup'],
  ['sign', 'backup'],
  ['upload --to file:./other', 'backup'],
])('without any backup, %s names the folder and the command for the first backup', async (words, first) => {
  const stores = words.startsWith('upload') ? ['--from', 'file:./none'] : ['--store', 'file:./none']
  const ran = await run([...words.split(' '), ...stores, '--json'], { RESGUARDO_SIGN_KEY: signingKey })
  const { error } = JSON.parse(ran.out) as { error: { code: string; message: string; hint: string } }
  expect(ran.code).toBe(2)
  expect(error.code).toBe('backup/none')
  expect(error.message).toContain(`in file:./none: the folder ${join(realpathSync(folder), 'none')} does not exist`)
  expect(error.hint).toContain(`resguardo ${first} --store file:./none`)
  expect(readdirSync(folder)).toEqual([])
})

test('bad flags, bad variables and unknown flags are told in one message', async () => {
  const { code, err } = await run(['prune', '--keep-last=x', '--nope', '--keep-daily=y'], {
    BACKUP_RETENTION_DAYS: 'z',
  })
  expect(code).toBe(2)
  expect(err).toContain('error: 4 inputs are wrong:')
})

test('with --json even a failure is one JSON document on stdout', async () => {
  const { code, out } = await run(['backup', '--json'], { DATABASE_URL: address('127.0.0.1:1/shop') })
  expect(code).toBe(6)
  expect(JSON.parse(out)).toMatchObject({
    error: { code: 'postgres/connection-refused', kind: 'unreachable', exitCode: 6 },
  })
  expect(out).not.toContain(secret)
})

const claimed =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.9.0"}})'

test('an outdated Node version is refused with a code and without a stack trace', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'resguardo-bundle-'))
  cpSync(dirname(program), join(copy, 'dist'), { recursive: true })
  const ran = await ended(spawn(process.execPath, ['--import', claimed, join(copy, 'dist/cli.js'), 'list', '--json']))
  rmSync(copy, { recursive: true })
  expect(JSON.parse(ran.out)).toMatchObject({ error: { code: 'tool/old-node', exitCode: 5 } })
  expect(ran.err).toMatch(/^error: .*Node 24 or later.*\nhint: .*\ncode: tool\/old-node\n$/)
  expect(ran.code).toBe(5)
})

test('a reader that goes away early is no failure', async () => {
  const child = start(['--help'])
  child.stdout.destroy()
  const { code, err } = await ended(child)
  expect({ code, err }).toEqual({ code: 0, err: '' })
})

test('a long output reaches a reader that is late, however soon the process would end', async () => {
  const store = mkdtempSync(join(folder, 'many-'))
  const ids = Array.from({ length: 3000 }, (_, at) => `20261124T020005Z-platform-manual-${String(at).padStart(6, '0')}`)
  for (const id of ids) {
    mkdirSync(join(store, 'shop', id), { recursive: true })
    writeFileSync(join(store, 'shop', id, 'manifest.json'), '{}')
  }
  const immediate = 'const later = setTimeout; globalThis.setTimeout = (work) => later(work, 0)'
  const child = start(['list', '--json', '--backup-dir', store], {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(immediate)}`,
  })
  await new Promise((resolve) => child.stdout.once('readable', resolve))
  await run(['--version'])
  const end = ended(child)
  child.stdout.resume()
  const { code, out } = await end
  expect([code, out.endsWith('}\n')]).toEqual([0, true])
  expect(JSON.parse(out).backups).toHaveLength(ids.length)
})

test.concurrent.each(['SIGINT', 'SIGTERM'] as const)('%s ends waiting work as interrupted', async (signal) => {
  const server = createServer() // takes the connection and never says a word
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const child = start(['backup'], { DATABASE_URL: address(`127.0.0.1:${port}/shop?connect_timeout=300`) })
  const end = ended(child)
  const connection = await new Promise<import('node:net').Socket>((resolve) => server.once('connection', resolve))
  child.kill(signal)
  const { code, err } = await end
  connection.destroy()
  server.close()
  expect(err).toMatch(new RegExp(`error: interrupted by ${signal}`))
  expect(code).toBe(130)
})
