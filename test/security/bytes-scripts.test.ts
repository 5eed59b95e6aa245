// SQL scripts read from a backup
// A forged script makes psql run commands with the operator's rights on the operator's machine.

import { existsSync } from 'node:fs'
import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { type Forgery, forgeIn } from '../support/forged-backup.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'

let server: TestPostgres
let url: string
let work: string
let store: string
let loot: string
let forged: Forgery

const comment = 'x'.repeat(300)

beforeAll(async () => {
  server = await startPostgres()
  work = await temporaryFolder('scripts-test')
  url = await server.createDatabase('shop')
  await server.query(
    'shop',
    `CREATE TABLE product (id int PRIMARY KEY, name text); COMMENT ON TABLE product IS '${comment}';
     INSERT INTO product SELECT g, 'p' || g FROM generate_series(1, 50) g`,
  )
  for (const format of ['plain', 'custom']) {
    const { code } = await resguardo(['backup', '--format', format, '--backup-dir', join(work, format)], {
      DATABASE_URL: url,
    })
    expect(code).toBe(0)
  }
})

afterAll(async () => {
  await server?.stop()
  await rm(work, { recursive: true, force: true })
})

beforeEach(async () => {
  store = join(work, 'store')
  loot = join(work, 'loot')
})

afterEach(async () => {
  await rm(store, { recursive: true, force: true })
  await rm(loot, { force: true })
})

async function copyOf(format: 'plain' | 'custom'): Promise<void> {
  await cp(join(work, format), store, { recursive: true })
  forged = await forgeIn(store)
}

async function run(...parameters: string[]): Promise<{ code: number | null; failure: string | undefined }> {
  const { code, stdout } = await resguardo([...parameters, '--json', '--backup-dir', store], { DATABASE_URL: url })
  return { code, failure: (JSON.parse(stdout) as { error?: { code: string } }).error?.code }
}

const drill = () => run('test-restore')
const restore = () => run('restore', '--strategy', 'new', '--target-database', 'forged')
const inPlace = () => run('restore', '--strategy', 'in-place', '--confirm', 'shop', '--skip-safety-backup')

describe('plain format', () => {
  beforeEach(() => copyOf('plain'))

  const commands: [string, (script: string) => string][] = [
    ['a shell command (\\!) in front', (script) => `\\! touch ${loot}\n${script}`],
    [
      'a shell command behind its own \\restrict',
      (script) => script.replace(/(\\restrict \w+\n)/, `$1\\! touch ${loot}\n`),
    ],
    [
      'an \\unrestrict with its own key, then a shell command',
      (script) => script.replace(/(\\restrict (\w+)\n)/, `$1\\unrestrict $2\n\\! touch ${loot}\n`),
    ],
    ['a shell command at its end', (script) => `${script}\\! touch ${loot}\n`],
    ['a query whose output goes to a program (\\g |)', (script) => `${script}SELECT 1 \\g |touch ${loot}\n`],
    ['output redirected to a file (\\o)', (script) => `\\o ${loot}\n${script}`],
    [
      'a file of the operator’s machine read into a table (\\copy)',
      (script) => `${script}\\copy product FROM /etc/hostname\n`,
    ],
    [
      'rows copied to a program (\\copy … TO PROGRAM)',
      (script) => `${script}\\copy product TO PROGRAM 'cat > ${loot}'\n`,
    ],
    ['a variable from a program (\\set with backticks)', (script) => `\\set x \`touch ${loot}\`\n${script}`],
    ['another script (\\i)', (script) => `\\i ${work}/other.sql\n${script}`],
  ]

  test.each(commands)('a psql meta-command in a forged script does not run in a drill: %s', async (_, change) => {
    await writeFile(join(work, 'other.sql'), `\\! touch ${loot}\n`)
    await forged.replace('database.sql.zst', Buffer.from(change((await forged.content('database.sql.zst')).toString())))
    expect((await drill()).code).toBe(4)
    expect(existsSync(loot)).toBe(false)
  })

  test('a shell command in a forged script does not run in a restore into a new database', async () => {
    await forged.replace(
      'database.sql.zst',
      Buffer.concat([Buffer.from(`\\! touch ${loot}\n`), await forged.content('database.sql.zst')]),
    )
    expect(await restore()).toEqual({ code: 4, failure: 'restore/psql-command' })
    expect(existsSync(loot)).toBe(false)
  })

  test.each([
    ['in one line', `\\unrestrict \`touch LOOT\`\n`],
    ['behind a key', `\\unrestrict key\t\\unrestrict \`touch LOOT\`\n`],
    ['in lines that a NUL byte joins', `\\unres\0\ntrict \`touch LOOT\`\n`],
    ['behind backslashes', `\\\\\\unrestrict \`touch LOOT\`\n`],
    ['behind many backslashes', `${'\\'.repeat(80)}unrestrict \`touch LOOT\`\n`],
  ])("a shell command in backticks that ends psql's restricted mode does not run: %s", async (_, line) => {
    const content = await forged.content('database.sql.zst')
    await forged.replace('database.sql.zst', Buffer.concat([Buffer.from(line.replace('LOOT', loot)), content]))
    expect(await restore()).toEqual({ code: 4, failure: 'restore/psql-command' })
    expect((await inPlace()).code).toBe(4)
    expect((await drill()).code).toBe(4)
    expect(existsSync(loot)).toBe(false)
  })

  test('a shell command in a forged script does not run in an in-place restore, and no data changes', async () => {
    await forged.replace(
      'database.sql.zst',
      Buffer.concat([Buffer.from(`\\! touch ${loot}\n`), await forged.content('database.sql.zst')]),
    )
    expect(await inPlace()).toEqual({ code: 4, failure: 'restore/psql-command' })
    expect(existsSync(loot)).toBe(false)
    expect(await server.query('shop', 'SELECT count(*)::int AS n FROM product')).toEqual([{ n: 50 }])
  })
})

test('a shell command in an object definition of a custom archive does not run in an in-place restore', async () => {
  await copyOf('custom')
  const archive = await forged.content('database.dump.zst')
  const at = archive.indexOf(`'${comment}';`)
  expect(at).toBeGreaterThan(0)
  const evil = Buffer.from(`'';\n\\! touch ${loot}\n--`.padEnd(comment.length + 3, ' '))
  evil.copy(archive, at)
  await forged.replace('database.dump.zst', archive)
  const { code } = await inPlace()
  expect(existsSync(loot)).toBe(false)
  expect(code).not.toBe(0)
  expect(await server.query('shop', 'SELECT count(*)::int AS n FROM product')).toEqual([{ n: 50 }])
})

test('rows that look like psql meta-commands are restored as data', async () => {
  const odd = await server.createDatabase('odd')
  await server.query(
    'odd',
    String.raw`CREATE TABLE t (a text); INSERT INTO t VALUES (E'\\! id'), (E'\restrict x'), (E'\\unrestrict y'), (E'a\n\\! id')`,
  )
  store = join(work, 'store')
  const made = await resguardo(['backup', '--format', 'plain', '--backup-dir', store], { DATABASE_URL: odd })
  expect(made.code).toBe(0)
  expect(await drill()).toEqual({ code: 0, failure: undefined })
})
