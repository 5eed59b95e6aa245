// Object names and texts in a database
// A name or text in a database becomes a command of the program that restores the database.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resguardo } from '../support/command-line.ts'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'

let server: TestPostgres
let folder: string
let url: string
let loot: string
let name: string

/** psql and pg_restore print names into comments of a script, where a newline ends the comment. */
beforeAll(async () => {
  server = await startPostgres()
  folder = await openFolder('names')
  loot = join('/tmp', `loot-${process.pid}`)
  name = `x\n\\! touch ${loot}\n\\copy (SELECT 1) TO PROGRAM 'touch ${loot}'\n--`.slice(0, 63)
  url = await server.createDatabase('shop')
  const [id, text] = [pg.escapeIdentifier(name), pg.escapeLiteral(name)]
  await server.query(
    'shop',
    `CREATE TABLE product (id int PRIMARY KEY, name text); INSERT INTO product VALUES (1, 'a'), (99, ${text}), (100, E'\\\\.\\n\\\\! touch ${loot}');
     CREATE SCHEMA ${id}; CREATE TABLE ${id}.${id} (${id} int DEFAULT 1); CREATE INDEX ${pg.escapeIdentifier(name.slice(0, 40))} ON ${id}.${id} (${id});
     INSERT INTO ${id}.${id} DEFAULT VALUES; COMMENT ON TABLE ${id}.${id} IS ${text};
     CREATE TYPE ${pg.escapeIdentifier(`${name.slice(0, 50)}t`)} AS ENUM (${text});
     CREATE FUNCTION f() RETURNS text LANGUAGE sql AS ${pg.escapeLiteral(`SELECT ${text}::text`)}`,
  )
})
afterAll(() => server?.stop())

test.each(['custom', 'plain', 'directory'])(
  'names with newlines and psql meta-commands run nothing in a backup, drill or in-place restore: %s format',
  async (format) => {
    const store = `file:${join(folder, format)}`
    const environment = { DATABASE_URL: url, BACKUP_DIR: join(folder, format) }
    const made = await resguardo(['backup', '--format', format, '--store', store], environment)
    expect(made.stderr + made.code).toMatch(/0$/)
    const drilled = await resguardo(['test-restore', '--store', store], environment)
    expect(drilled.stdout).toMatch(/^Proven: /)
    const words = ['restore', '--strategy', 'in-place', '--skip-safety-backup', '--confirm', 'shop', '--store', store]
    const restored = await resguardo(words, environment)
    expect(restored.stderr + restored.code).toMatch(/0$/)
    const rows = await server.query<{ name: string }>('shop', 'SELECT name FROM product WHERE id = 99')
    expect(rows).toEqual([{ name }])
    expect(existsSync(loot)).toBe(false)
  },
)
