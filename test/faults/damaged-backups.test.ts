// Damaged, swapped, moved and incomplete backups: checksum, test-restore and restore refuse them.
import { cp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let url: string
let whole: string
let folder: string
let id: string

beforeAll(async () => {
  server = await startPostgres()
  url = await server.createDatabase('shop')
  await server.query(
    'shop',
    'CREATE TABLE "Tenant" (id int PRIMARY KEY, name text); INSERT INTO "Tenant" SELECT g, md5(g::text) FROM generate_series(1, 500) g',
  )
  whole = await temporaryFolder('damaged-test')
  const made = await resguardo(['backup', '--json', '--backup-dir', whole], { DATABASE_URL: url })
  id = (JSON.parse(made.stdout) as { backup: string }).backup
})

afterAll(async () => {
  await server?.stop()
  await rm(whole, { recursive: true, force: true })
})

beforeEach(async () => {
  folder = await temporaryFolder('damaged-copy')
  await cp(whole, folder, { recursive: true })
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const at = (file: string) => join(folder, 'shop', id, file)

const damages: Record<string, (file: string) => Promise<void>> = {
  'a flipped bit': async (file) => {
    const bytes = await readFile(file)
    const middle = Math.floor(bytes.length / 2)
    bytes[middle] = (bytes[middle] ?? 0) ^ 1
    await writeFile(file, bytes)
  },
  'a missing byte': async (file) => truncate(file, (await readFile(file)).length - 1),
  'an extra byte': async (file) => writeFile(file, Buffer.concat([await readFile(file), Buffer.from('x')])),
}

const commands: Record<string, string[]> = {
  checksum: ['checksum'],
  'test-restore': ['test-restore'],
  restore: ['restore', '--strategy', 'new', '--target-database', 'never_made'],
}

const files = ['database.dump.zst', 'globals.sql.zst', 'SHA256SUMS', 'manifest.json']

describe.each(Object.keys(commands))('%s', (command) => {
  const run = () => resguardo([...(commands[command] ?? []), '--backup-dir', folder], { DATABASE_URL: url })

  // All commands read stored files in the same way: every damage with the quickest of them, one with the others.
  const tried = Object.keys(damages).slice(0, command === 'checksum' ? undefined : 1)
  test.each(files.flatMap((file) => tried.map((damage) => [damage, file] as const)))(
    'the command refuses a backup with %s in %s, exits with code 4 and names the file',
    async (damage, file) => {
      await damages[damage]?.(at(file))
      const { code, stderr, stdout } = await run()
      expect(stderr + stdout).toContain(file)
      expect(stderr).toContain('hint: ')
      expect(code).toBe(4)
      const made = await server.query('postgres', "SELECT 1 FROM pg_database WHERE datname LIKE 'never_made%'")
      expect(made).toEqual([])
    },
  )

  test.each(['database.dump.zst', 'globals.sql.zst', 'SHA256SUMS'])(
    'the command refuses a backup without %s',
    async (file) => {
      await rm(at(file))
      const { code, stderr, stdout } = await run()
      expect(stderr + stdout).toContain(file)
      if (command === 'checksum') expect(stderr).toMatch(/^code: store\/object-missing$/m)
      expect(code).toBe(4)
    },
  )

  test('the command refuses a payload replaced with that of another backup', async () => {
    const other = await temporaryFolder('damaged-other')
    await server.query('shop', 'INSERT INTO "Tenant" VALUES (1000, \'other\')')
    const made = await resguardo(['backup', '--json', '--backup-dir', other], { DATABASE_URL: url })
    await server.query('shop', 'DELETE FROM "Tenant" WHERE id = 1000')
    const swapped = join(other, 'shop', (JSON.parse(made.stdout) as { backup: string }).backup, 'database.dump.zst')
    await cp(swapped, at('database.dump.zst'))
    const { code, stderr, stdout } = await run()
    expect(stderr + stdout).toContain('database.dump.zst')
    expect(code).toBe(4)
    await rm(other, { recursive: true, force: true })
  })

  test('the command refuses a backup moved to another ID', async () => {
    const moved = id.replace(/[0-9a-f]{6}$/, '000000')
    await rename(at(''), join(folder, 'shop', moved))
    const { code, stderr } = await run()
    expect([code, stderr.includes('manifest.json')]).toEqual([4, true])
  })

  test('the command ignores a backup without a manifest', async () => {
    await rm(at('manifest.json'))
    const { code, stderr } = await run()
    expect(code).toBe(2)
    expect(stderr).toContain('code: backup/none')
    const list = await resguardo(['list', '--json', '--backup-dir', folder])
    expect((JSON.parse(list.stdout) as { backups: unknown[] }).backups).toEqual([])
  })
})

test('checksum, test-restore and restore accept an undamaged backup', async () => {
  for (const command of Object.values(commands)) {
    const { code, stderr } = await resguardo([...command, '--backup-dir', folder], { DATABASE_URL: url })
    expect([code, stderr.includes('error:')]).toEqual([0, false])
  }
  await server.dropDatabase('never_made')
  expect((await readdir(join(dirname(at('x')), 'drills'))).join()).toMatch(/^\d{8}T\d{6}Z-proven\.json$/)
})

test('upload repairs a damaged copy from an undamaged one', async () => {
  await damages['a flipped bit']?.(at('database.dump.zst'))
  const repaired = await resguardo(['upload', '--from', whole, '--to', folder])
  expect([repaired.code, repaired.stdout.includes('repaired')]).toEqual([0, true])
  expect((await resguardo(['checksum', '--backup-dir', folder])).code).toBe(0)
})
