// Undo of a restore
// The owner of another database makes `restore --undo` rename that database to the name of the live database.
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { toUrl } from '../../src/engines/postgres/connection/address.ts'
import { memoryStore } from '../support/memory-store.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl } from '../support/real-world.ts'
import { linesOf } from '../support/report-text.ts'
import { runRestore } from '../support/restore-run.ts'

let server: TestPostgres
let url: string

beforeAll(async () => {
  server = await startPostgres()
  await server.query('postgres', "CREATE ROLE app LOGIN PASSWORD 'app'; CREATE ROLE mallory LOGIN PASSWORD 'mallory'")
})
afterAll(() => server?.stop())

beforeEach(async () => {
  const names = await server.query<{ name: string }>(
    'postgres',
    "SELECT datname AS name FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'",
  )
  for (const { name } of names) await server.dropDatabase(name)
  url = await server.createDatabase('shop', 'OWNER app')
  await server.query('shop', "CREATE TABLE product (name text); INSERT INTO product VALUES ('ours')")
  await server.createDatabase('trojan', 'OWNER mallory')
  await server.query('trojan', "CREATE TABLE product (name text); INSERT INTO product VALUES ('trojan')")
})

const undo = () => runRestore(url, [], { undo: 'true', confirm: 'shop' })
const products = () => server.query('shop', 'SELECT name FROM public.product')
const oidOf = async (name: string) =>
  (await server.query<{ oid: number }>('postgres', 'SELECT oid::int FROM pg_database WHERE datname = $1', [name]))[0]
    ?.oid ?? 0

/** Writes a database's comment as a role that is no superuser. */
async function commentAs(role: string, database: string, comment: string): Promise<void> {
  const client = new pg.Client(toUrl({ ...server.address(database), user: role, password: role }))
  await client.connect()
  await client.query(`COMMENT ON DATABASE ${pg.escapeIdentifier(database)} IS ${pg.escapeLiteral(comment)}`)
  await client.end()
}

async function commentOf(database: string): Promise<string> {
  const [row] = await server.query<{ comment: string }>(
    'postgres',
    "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1",
    [database],
  )
  return row?.comment ?? ''
}

/** A real swap; returns the name of the database that it put aside. */
async function swapped(): Promise<string> {
  const store = memoryStore()
  await backUpUrl(url, [store])
  const { outcome } = await runRestore(url, [store], { confirm: 'shop' })
  return String(outcome.outputs['kept-database'])
}

const forged = {
  role: 'before',
  database: 'shop',
  backup: '20261124T020005Z-platform-scheduled-7f3a9c',
  time: '2099-01-01T00:00:00.000Z',
}
const asComment = (marker: object): string => `resguardo restore: ${JSON.stringify(marker)}`

describe('forged undo markers', () => {
  test('a comment that claims to be from a restore is ignored if no restore happened', async () => {
    await commentAs('mallory', 'trojan', asComment({ ...forged, xid: '1', replacedBy: await oidOf('shop') }))
    await expect(undo()).rejects.toMatchObject({ code: 'restore/nothing-to-undo' })
    expect(await products()).toEqual([{ name: 'ours' }])
  })

  test('a copy of a valid marker on a newer database is ignored in favor of the replaced database', async () => {
    const kept = await swapped()
    const marker = (await commentOf(kept)).replace(/"time":"[^"]*"/, '"time":"2099-01-01T00:00:00.000Z"')
    await commentAs('mallory', 'trojan', marker)
    const { outcome } = await undo()
    expect(outcome.document).toMatchObject({ kept: { name: kept, owner: 'app' } })
    expect(await products()).toEqual([{ name: 'ours' }])
  })

  test('a marker of the live database that names a database of another owner is refused', async () => {
    const kept = await swapped()
    const oid = await oidOf(kept)
    const trojan = await oidOf('trojan')
    await commentAs('app', 'shop', (await commentOf('shop')).replace(`"replaced":${oid}`, `"replaced":${trojan}`))
    await commentAs('mallory', 'trojan', await commentOf(kept))
    await expect(undo()).rejects.toMatchObject({
      code: 'restore/undo-mismatch',
      message: expect.stringContaining('mallory'),
    })
    expect(await products()).toEqual([{ name: 'ours' }])
  })

  test('a replaced database whose owner changed is refused', async () => {
    const kept = await swapped()
    await server.query('postgres', `ALTER DATABASE "${kept}" OWNER TO mallory`)
    await expect(undo()).rejects.toMatchObject({
      code: 'restore/undo-mismatch',
      message: expect.stringContaining('mallory'),
    })
  })

  test('a database renamed to the name of the replaced database is not renamed to the live name', async () => {
    const kept = await swapped()
    await server.dropDatabase(kept)
    await server.query('postgres', `ALTER DATABASE trojan RENAME TO "${kept}"`)
    await expect(undo()).rejects.toMatchObject({ code: 'restore/nothing-to-undo' })
    expect(await products()).toEqual([{ name: 'ours' }])
  })

  test('a marker on another database is refused while the live database is missing', async () => {
    await server.dropDatabase('shop')
    await commentAs('mallory', 'trojan', asComment({ ...forged, xid: '1', replacedBy: 16400 }))
    await expect(undo()).rejects.toMatchObject({ code: 'restore/undo-mismatch' })
    expect(await oidOf('shop')).toBe(0)
  })

  test('markers with different transaction IDs on the two databases are refused', async () => {
    const kept = await swapped()
    await commentAs('app', kept, (await commentOf(kept)).replace(/"xid":"\d+"/, '"xid":"3"'))
    await expect(undo()).rejects.toMatchObject({ code: 'restore/undo-mismatch' })
  })
})

test('the confirmation prompt of an undo lists both databases with their owners', async () => {
  const kept = await swapped()
  const dry = await runRestore(url, [], { undo: 'true', 'dry-run': 'true' })
  const pair = [
    expect.stringContaining(`shop (OID ${await oidOf('shop')}, owner app)`),
    expect.stringContaining(`${kept} (OID ${await oidOf(kept)}, owner app)`),
  ]
  expect(linesOf(dry.outcome)).toEqual(expect.arrayContaining(pair))
  const { reporter } = await undo()
  expect(reporter.texts('note')).toEqual(expect.arrayContaining(pair))
})

test("each undo reverts one restore, and a user's comment on the database is preserved", async () => {
  await server.query('postgres', "COMMENT ON DATABASE shop IS 'Our shop'")
  const oids = [await oidOf('shop')]
  for (let restores = 0; restores < 2; restores += 1) {
    await swapped()
    oids.push(await oidOf('shop'))
  }
  await undo()
  expect(await oidOf('shop')).toBe(oids[1])
  await undo()
  expect(await oidOf('shop')).toBe(oids[0])
  expect(await commentOf('shop')).toBe('Our shop')
  await expect(undo()).rejects.toMatchObject({ code: 'restore/nothing-to-undo' })
})
