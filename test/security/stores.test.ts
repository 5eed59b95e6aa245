// Symbolic links and malformed manifests in a store
// An attacker with write access to a store redirects readers to files outside of it, or exhausts their resources.
import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'

let server: TestPostgres
let folder: string
/** Holds one honest backup; each test works on a copy. */
let honest: string
let id: string
let store: string
let victim: string

beforeAll(async () => {
  server = await startPostgres()
  folder = await openFolder('stores')
  honest = join(folder, 'honest')
  const url = await server.createDatabase('shop')
  await server.query('shop', 'CREATE TABLE product (id int); INSERT INTO product SELECT generate_series(1, 9)')
  const { code, stderr } = await resguardo(['backup', '--store', `file:${honest}`], { DATABASE_URL: url })
  if (code !== 0) throw new Error(stderr)
  id = (await readdir(join(honest, 'shop'))).find((name) => /^\d{8}T/.test(name)) ?? ''
})
afterAll(() => server?.stop())

beforeEach(async () => {
  store = join(folder, 'store')
  victim = join(folder, 'victim')
  for (const path of [store, victim]) await rm(path, { recursive: true, force: true })
  await cp(honest, store, { recursive: true })
  await mkdir(victim)
  await writeFile(join(victim, 'precious'), 'precious content of the machine')
})

const backup = () => join(store, 'shop', id)
const run = (...words: string[]) => resguardo([...words, '--store', `file:${store}`])

async function expectVictimUntouched(said = ''): Promise<void> {
  expect(await readdir(victim)).toEqual(['precious'])
  expect(await readFile(join(victim, 'precious'), 'utf8')).toBe('precious content of the machine')
  expect(said).not.toContain('precious content')
}

/** JSON with sorted keys: what a manifest's digest is made of. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(',')}}`
}

/** Changes the manifest and seals it again, as whoever can write to the store can. */
async function forge(change: (manifest: { payloads: { file: string }[] }) => void): Promise<void> {
  const path = join(backup(), 'manifest.json')
  const { digest: _, ...content } = JSON.parse(await readFile(path, 'utf8'))
  change(content)
  const digest = createHash('sha256').update(canonical(content)).digest('hex')
  await unlink(path)
  await writeFile(path, `${JSON.stringify({ ...content, digest }, null, 2)}\n`)
}

describe('symbolic links in a store', () => {
  test('a link named like a backup does not make prune remove its target', async () => {
    await symlink(victim, join(store, 'shop', '20200101T000000Z-platform-scheduled-aaaaaa'))
    await symlink(victim, join(store, 'evil'))
    const { stdout, stderr } = await run('prune', '--retention-days', '1')
    await expectVictimUntouched(stdout + stderr)
  })

  test.each(['upload', 'test-restore', 'checksum'])(
    'a link in place of a payload is not followed: %s',
    async (command) => {
      const payload = join(backup(), 'database.dump.zst')
      await unlink(payload)
      await symlink(join(victim, 'precious'), payload)
      const words =
        command === 'upload' ? ['upload', '--from', `file:${store}`, '--to', `file:${join(folder, 'copy')}`] : undefined
      const { code, stdout, stderr } = await (words ? resguardo(words) : run(command))
      expect(code).not.toBe(0)
      await expectVictimUntouched(stdout + stderr)
      const copied = await readdir(join(folder, 'copy'), { recursive: true }).catch(() => [])
      expect(copied.filter((name) => name.endsWith('manifest.json'))).toEqual([])
    },
  )

  test('a link to a copy of a backup in another folder is not followed', async () => {
    await cp(backup(), join(victim, 'backup'), { recursive: true })
    await rm(backup(), { recursive: true })
    await symlink(join(victim, 'backup'), backup())
    expect((await run('test-restore')).code).not.toBe(0)
    expect((await run('prune', '--retention-days', '1')).stdout).not.toContain(id)
    expect(await readdir(join(victim, 'backup'))).toContain('manifest.json')
  })

  test('a link in place of the pins folder does not make pin write to its target', async () => {
    await symlink(victim, join(backup(), 'pins'))
    const { code } = await run('pin', '--backup', id, '--reason', 'release')
    expect(code).not.toBe(0)
    await expectVictimUntouched()
  })
})

test.each([
  '../../../victim/precious',
  '/etc/passwd',
  'manifest.json',
  'SHA256SUMS',
  'a/../b',
  './database.dump.zst',
  'drills/x',
  'a\\b',
  'keep-until-2099-01-01',
  'suspect',
  'a\0b',
  'a\nb',
  '-rf',
  '',
])(
  'a manifest with a valid checksum and an invalid payload name is refused before a payload is read: %j',
  async (file) => {
    await forge(({ payloads }) => {
      const [first] = payloads
      if (first) first.file = file
    })
    for (const command of ['checksum', 'test-restore']) {
      const { code, stdout, stderr } = await run(command)
      expect([code, command]).toEqual([4, command])
      expect(stdout + stderr).not.toMatch(/root:|precious content/)
    }
  },
)

test('a manifest with two payloads of the same name is refused', async () => {
  await forge((manifest) => manifest.payloads.push(...structuredClone(manifest.payloads)))
  expect((await run('checksum')).code).toBe(4)
})

describe('malformed manifests', () => {
  test.each<[string, () => string]>([
    ['nested two million levels deep', () => `{"format":"resguardo/1","a":${'['.repeat(2e6)}${']'.repeat(2e6)}}`],
    ['of 200 MB', () => `{"format":"resguardo/1","a":"${'x'.repeat(200e6)}"}`],
    [
      'with __proto__ and constructor',
      () => '{"format":"resguardo/1","__proto__":{"payloads":[]},"constructor":{"prototype":{}}}',
    ],
    ['that is an array', () => '[]'],
    ['that is null', () => 'null'],
    ['that is empty', () => ''],
  ])('a malformed manifest is reported as damaged and crashes no command: a manifest %s', async (_, text) => {
    await unlink(join(backup(), 'manifest.json'))
    await writeFile(join(backup(), 'manifest.json'), text())
    for (const command of ['checksum', 'list', 'test-restore']) {
      const { code, stderr } = await run(command)
      if (command !== 'list') expect([code, command]).toEqual([4, command])
      expect(stderr).not.toMatch(/internal\/bug|heap|RangeError|Maximum call stack/)
    }
  })
})
