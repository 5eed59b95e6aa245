// Restores of one tenant that must be refused, without any change of the database.
import { readFile, writeFile } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { FailureCode } from '../../src/domain/failures/failure-codes.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import {
  addLine,
  fileOf,
  makeTenantZip,
  type RestoreOptions,
  restoreZip,
  seal,
  type ZipParts,
} from '../support/tenant-zip.ts'

let server: TestPostgres
let url: string

const schema = `
  CREATE TABLE "Tenant" (id int PRIMARY KEY, name text);
  CREATE TABLE "Invoice" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant" ON DELETE CASCADE, total int);
  CREATE TABLE "Product" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", sku text UNIQUE);
  CREATE TABLE "Line" (id serial PRIMARY KEY, "invoiceId" int NOT NULL REFERENCES "Invoice" ON DELETE CASCADE, "productId" int REFERENCES "Product", what text);
  CREATE TABLE "Log" ("tenantId" int, what text);
  CREATE TABLE "Elsewhere" (what text);`
const rows = `
  INSERT INTO "Tenant" VALUES (7, 'seven'), (8, 'eight');
  INSERT INTO "Invoice" VALUES (70, 7, 1), (71, 7, 2), (80, 8, 1);
  INSERT INTO "Product" VALUES (700, 7, 'a'), (800, 8, 'b');
  INSERT INTO "Line" ("invoiceId", "productId", what) VALUES (70, 700, 'x'), (71, NULL, 'y'), (80, 800, 'z');
  INSERT INTO "Log" VALUES (7, 'in'), (8, 'in'), (8, 'out'), (NULL, 'boot');`
const destroy = `DELETE FROM "Line" WHERE "invoiceId" < 80; DELETE FROM "Product" WHERE "tenantId" = 7; DELETE FROM "Log" WHERE "tenantId" = 7; DELETE FROM "Tenant" WHERE id = 7;`

beforeAll(async () => {
  server = await startPostgres()
  await server.createDatabase('model')
  await server.query('model', schema + rows)
})

afterAll(() => server?.stop())

beforeEach(async () => {
  await server.dropDatabase('shop')
  url = await server.createDatabase('shop', 'TEMPLATE model')
})

const query = <T>(sql: string) => server.query<T>('shop', sql)

/** Rows, sequences, and whether triggers are enabled. */
async function everything({ sequences = true } = {}): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const ask = async (sql: string) => (await client.query(sql)).rows
  const tables: { t: string }[] = await ask(
    `SELECT oid::regclass::text AS t FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
  )
  const found: unknown[] = [await ask('SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1')]
  for (const { t } of tables) found.push(t, await ask(`SELECT r::text AS r FROM ${t} r ORDER BY 1`))
  if (sequences) found.push(await ask('SELECT * FROM pg_sequences'))
  await client.end()
  return found
}

interface Refusal {
  readonly code: FailureCode
  readonly message: RegExp
  readonly hint?: RegExp
}

async function expectRefused(wish: RestoreOptions, { code, message, hint = /\w/ }: Refusal): Promise<void> {
  // Numbers that a sequence gave for new keys are not given back.
  const sequences = !wish.remapKeys
  const before = await everything({ sequences })
  await expect(restoreZip(url, wish)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  })
  expect(await everything({ sequences })).toEqual(before)
}

const zipOf7 = (spoil?: (parts: ZipParts) => void): Promise<string> =>
  makeTenantZip(url, { tenant: '7', ...(spoil && { spoil }) })

const modes = ['insert', 'replace', 'merge'] as const

describe('a ZIP with rows of another tenant:', () => {
  const foreign = { code: 'tenant/foreign-rows', message: /contains rows of another tenant/ } as const

  test.each(modes)('named by their column (%s)', async (mode) => {
    const path = await zipOf7((parts) => addLine(parts, 'Invoice', '89,8,1'))
    await expectRefused({ path, mode }, foreign)
    await query(destroy)
    await expectRefused({ path, mode }, foreign)
  })

  test.each(modes)('reached by a foreign key (%s)', async (mode) => {
    const path = await zipOf7((parts) => addLine(parts, 'Line', '99,80,,forged'))
    await expectRefused({ path, mode }, foreign)
    await query(destroy)
    await expectRefused({ path, mode }, foreign)
  })

  test.each(modes)('theirs by one of two paths (%s)', async (mode) => {
    const path = await zipOf7((parts) => addLine(parts, 'Line', '99,70,800,forged'))
    await expectRefused({ path, mode }, foreign)
    await query(destroy)
    await expectRefused({ path, mode }, foreign)
  })

  test.each(modes)('that are there already, equal (%s)', async (mode) => {
    await query('ALTER TABLE "Log" ADD id serial PRIMARY KEY')
    const path = await zipOf7((parts) => addLine(parts, 'Log', '8,out,3'))
    await expectRefused({ path, mode }, foreign)
  })

  test.each(modes)('a tenant beside the tenant (%s)', async (mode) => {
    const path = await zipOf7((parts) => addLine(parts, 'Tenant', '9,nine'))
    await expectRefused({ path, mode }, foreign)
    await query(destroy)
    await expectRefused({ path, mode }, foreign)
  })

  test.each(modes)('rows of nobody (%s)', async (mode) => {
    const path = await zipOf7((parts) => addLine(parts, 'Log', ',boot'))
    await query(destroy)
    await expectRefused({ path, mode }, foreign)
  })

  test('under another id, too', async () => {
    for (const [table, line] of [
      ['Invoice', '89,8,1'],
      ['Line', '99,80,,forged'],
      ['Tenant', '9,nine'],
    ] as const) {
      await query(`UPDATE "Product" SET sku = 'a' WHERE id = 700`)
      const path = await zipOf7((parts) => addLine(parts, table, line))
      await query(`UPDATE "Product" SET sku = 'so that the copy may have it' WHERE id = 700`)
      await expectRefused({ path, as: '17', remapKeys: true }, foreign)
    }
  })
})

describe('a key that is another tenant’s now', () => {
  test.each(modes)('by primary key (%s)', async (mode) => {
    const path = await zipOf7()
    await query(`${destroy} INSERT INTO "Product" VALUES (700, 8, 'mine now')`)
    await expectRefused({ path, mode }, { code: 'tenant/rows-taken', message: /Product/ })
  })

  test.each(modes)('by what must be unique (%s)', async (mode) => {
    const path = await zipOf7()
    await query(`${destroy} INSERT INTO "Product" VALUES (801, 8, 'a')`)
    await expectRefused({ path, mode }, { code: 'tenant/rows-taken', message: /Product_sku_key/ })
  })
})

describe('other rows that would be written:', () => {
  test('a cascade into another tenant’s rows', async () => {
    await query(
      'CREATE TABLE "Note" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", about int REFERENCES "Invoice" ON DELETE CASCADE)',
    )
    const path = await zipOf7()
    await query('INSERT INTO "Invoice" VALUES (79, 7, 9); INSERT INTO "Note" VALUES (1, 8, 79)')
    await expectRefused(
      { path, mode: 'replace' },
      { code: 'tenant/unexpected-writes', message: /public\.Note: 1 rows deleted instead of 0/, hint: /cascade/ },
    )
  })

  test('a cascade that sets NULL in a table of nobody', async () => {
    const path = await zipOf7()
    await query(
      'ALTER TABLE "Elsewhere" ADD inv int REFERENCES "Invoice" ON DELETE SET NULL; INSERT INTO "Elsewhere" VALUES (1, 70)',
    )
    // The table has a path to tenants now, which the backup does not know.
    await expectRefused({ path, mode: 'replace' }, { code: 'tenant/newer-rows', message: /Elsewhere/ })
  })

  const trigger = (body: string, when: string): string => `
    CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN coalesce(NEW, OLD); END $$;
    CREATE TRIGGER meddle ${when} EXECUTE FUNCTION meddle();`

  test.each(modes)('a trigger that writes elsewhere (%s), unless triggers are off', async (mode) => {
    const whole = await everything()
    const path = await zipOf7()
    await query(destroy)
    await query(trigger(`INSERT INTO "Elsewhere" VALUES ('x');`, 'AFTER INSERT ON "Invoice" FOR EACH ROW'))
    const refusal = {
      code: 'tenant/unexpected-writes',
      message: /public\.Elsewhere: 2 rows inserted instead of 0/,
      hint: /--triggers off/,
    } as const
    await expectRefused({ path, mode }, refusal)
    await restoreZip(url, { path, mode, triggers: 'off' })
    const [triggers, ...rest] = (await everything()) as unknown[]
    expect(triggers).toEqual([{ tgname: 'meddle', tgenabled: 'O' }])
    expect(rest).toEqual((whole as unknown[]).slice(1))
  })

  test('a trigger that waits for the end of the transaction', async () => {
    const path = await zipOf7()
    await query(destroy)
    const late = trigger(
      `UPDATE "Invoice" SET total = 99 WHERE "tenantId" = 8;`,
      'AFTER INSERT ON "Invoice" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW',
    )
    await query(late.replace('CREATE TRIGGER', 'CREATE CONSTRAINT TRIGGER'))
    await expectRefused(
      { path },
      { code: 'tenant/unexpected-writes', message: /public\.Invoice: 2 rows updated instead of 0/ },
    )
  })

  test('a trigger that moves a row to another tenant, changes it, or drops it', async () => {
    const path = await zipOf7()
    await query(destroy)
    for (const [body, code, message] of [
      ['NEW."tenantId" := 8;', 'tenant/foreign-rows', /another tenant/],
      ['NEW.total := 99;', 'tenant/rows-differ', /Invoice/],
      ['RETURN NULL;', 'tenant/rows-differ', /0 of 2 rows/],
    ] as const) {
      await query(trigger(body, 'BEFORE INSERT ON "Invoice" FOR EACH ROW'))
      for (const mode of modes) await expectRefused({ path, mode }, { code, message })
      await query('DROP FUNCTION meddle() CASCADE')
    }
  })

  test('a trigger that deletes large objects with their rows', async () => {
    await query(`CREATE EXTENSION lo; ALTER TABLE "Log" ADD COLUMN file lo`)
    await query(`UPDATE "Log" SET file = lo_from_bytea(0, 'kept') WHERE "tenantId" = 7`)
    await query(`CREATE TRIGGER unlink BEFORE UPDATE OR DELETE ON "Log" FOR EACH ROW EXECUTE FUNCTION lo_manage(file)`)
    const path = await zipOf7()
    for (const mode of ['replace', 'merge'] as const) {
      await expectRefused(
        { path, mode },
        { code: 'tenant/large-object-trigger', message: /"Log" deletes large objects/, hint: /--triggers off/ },
      )
    }
    await restoreZip(url, { path, mode: 'replace', triggers: 'off' })
    expect(await query(`SELECT convert_from(lo_get(file), 'UTF8') AS file FROM "Log" WHERE "tenantId" = 7`)).toEqual([
      { file: 'kept' },
    ])
  })

  test('triggers that were off before stay off', async () => {
    const path = await zipOf7()
    await query(destroy)
    await query(trigger("RAISE EXCEPTION 'no';", 'BEFORE INSERT ON "Invoice" FOR EACH ROW'))
    await query('ALTER TABLE "Invoice" DISABLE TRIGGER meddle')
    await restoreZip(url, { path, triggers: 'off' })
    expect(await query('SELECT tgenabled AS e FROM pg_trigger WHERE NOT tgisinternal')).toEqual([{ e: 'D' }])
  })

  test('a server that does not count', async () => {
    const path = await zipOf7()
    await query('ALTER DATABASE shop SET track_counts = off')
    await expectRefused({ path }, { code: 'tenant/track-counts-off', message: /track_counts/ })
  })
})

test.each(['replace', 'merge'] as const)(
  'rows there that are the tenant’s by one path and another’s by another (%s)',
  async (mode) => {
    const path = await zipOf7()
    await query(`INSERT INTO "Line" ("invoiceId", "productId", what) VALUES (70, 800, 'whose?')`)
    await expectRefused(
      { path, mode },
      {
        code: 'tenant/ambiguous-owner',
        message: /public\.Line: 1 rows belong to different tenants/,
        hint: /through/,
      },
    )
  },
)

describe('a schema that does not fit:', () => {
  test('columns lost, all named at once', async () => {
    const path = await zipOf7()
    await query(
      `${destroy} ALTER TABLE "Invoice" DROP total; ALTER TABLE "Line" DROP what; ALTER TABLE "Product" ADD must int; UPDATE "Product" SET must = 1; ALTER TABLE "Product" ALTER must SET NOT NULL`,
    )
    await expectRefused(
      { path },
      { code: 'tenant/schema-changed', message: /Invoice lacks total.*Product requires column must.*Line lacks what/ },
    )
  })

  test('a column that is computed now', async () => {
    const path = await zipOf7()
    await query(
      `${destroy} ALTER TABLE "Invoice" DROP total; ALTER TABLE "Invoice" ADD total int GENERATED ALWAYS AS (id * 2) STORED`,
    )
    await expectRefused({ path }, { code: 'tenant/schema-changed', message: /public\.Invoice computes total/ })
  })

  test('a table that is not there', async () => {
    const path = await zipOf7()
    await query(`${destroy} DROP TABLE "Line"`)
    await expectRefused(
      { path },
      { code: 'tenant/tables-missing', message: /public\.Line \(2 rows\)/, hint: /schema\.dump/ },
    )
  })

  test('a table that is no tenant’s here', async () => {
    const path = await zipOf7()
    await query(`${destroy} ALTER TABLE "Log" RENAME "tenantId" TO x; ALTER TABLE "Log" ADD "y" int`)
    await expectRefused({ path }, { code: 'tenant/rules-differ', message: /public\.Log, which belongs to no tenant/ })
  })

  test('a type that does not take the values', async () => {
    const path = await zipOf7()
    await query(`${destroy} ALTER TABLE "Line" DROP what; ALTER TABLE "Line" ADD what int`)
    await expectRefused({ path }, { code: 'tenant/zip-damaged', message: /integer/ })
  })

  test('a rule that is younger than the rows', async () => {
    const path = await zipOf7()
    await query(`${destroy} ALTER TABLE "Invoice" ADD CHECK (total > 1) NOT VALID`)
    await expectRefused({ path }, { code: 'tenant/constraint-violated', message: /\w/ })
  })

  test('no table of tenants, and a tenant that cannot be one', async () => {
    const path = await zipOf7()
    const other = { table: { schema: 'public', table: 'Customer' }, column: 'tenantId', rules: [] }
    await expectRefused(
      { path, rules: other },
      { code: 'tenant/no-tenant-table', message: /no table public\.Customer/ },
    )
    await expectRefused({ path, as: 'seven' }, { code: 'tenant/invalid-id', message: /"seven"/ })
  })
})

describe('a damaged ZIP:', () => {
  test.each(modes)('a CSV that is not what tables.json says (%s)', async (mode) => {
    await query(`INSERT INTO "Log" SELECT 7, 'more ' || n FROM generate_series(1, 20000) n`)
    for (const spoil of [
      (parts: ZipParts) => {
        const csv = parts.files.get(fileOf(parts, 'Log')) as Buffer
        csv[csv.length - 2] = 0x58
      },
      (parts: ZipParts) => {
        const file = fileOf(parts, 'Log')
        seal(parts, file)
        const at = parts.tables.tables.findIndex((table) => table.file === file)
        parts.tables.tables[at] = { ...(parts.tables.tables[at] as ZipParts['tables']['tables'][number]), rows: 5 }
      },
    ]) {
      const path = await zipOf7(spoil)
      await expectRefused({ path, mode }, { code: 'tenant/zip-damaged', message: /public\.Log\.csv/ })
    }
  })

  test('a table that is said to be empty and is not', async () => {
    const path = await zipOf7((parts) => {
      const at = parts.tables.tables.findIndex(({ table }) => table === 'Line')
      parts.tables.tables[at] = { ...(parts.tables.tables[at] as ZipParts['tables']['tables'][number]), rows: 0 }
    })
    for (const mode of modes)
      await expectRefused(
        { path, mode },
        { code: 'tenant/zip-damaged', message: /public\.Line\.csv has 2 rows, not the 0/ },
      )
  })

  test('a byte turned in what is compressed', async () => {
    await query(`INSERT INTO "Log" SELECT 7, md5(n::text) FROM generate_series(1, 5000) n`)
    const path = await zipOf7()
    await query(destroy)
    const bytes = await readFile(path)
    const at = bytes.indexOf('data/public.Log.csv') + 5000
    bytes[at] = (bytes[at] ?? 0) ^ 0xff
    await writeFile(path, bytes)
    await expectRefused({ path }, { code: 'tenant/zip-damaged', message: /\w/ })
  })

  test('a row that no table takes', async () => {
    const path = await zipOf7((parts) => addLine(parts, 'Invoice', '72,7'))
    await query(destroy)
    await expectRefused({ path }, { code: 'tenant/zip-damaged', message: /missing data for column/ })
  })

  test('the ZIP of shared rows in the place of a tenant’s', async () => {
    await query('CREATE TABLE "Plan" (id int PRIMARY KEY); ALTER TABLE "Tenant" ADD plan int REFERENCES "Plan"')
    const shared = await makeTenantZip(url, {})
    await expectRefused({ path: shared }, { code: 'tenant/wrong-zip', message: /shared rows/ })
    await expectRefused(
      { path: await zipOf7(), sharedPath: await zipOf7() },
      { code: 'tenant/wrong-zip', message: /contains rows of a tenant/ },
    )
  })
})

describe('an interruption', () => {
  test.each(modes)('in the midst of the rows undoes all (%s)', async (mode) => {
    await query(`INSERT INTO "Log" SELECT 7, md5(n::text) FROM generate_series(1, 50000) n`)
    const path = await zipOf7()
    await query(destroy)
    const before = await everything()
    const stop = new AbortController()
    const running = restoreZip(url, {
      ...{ path, mode, signal: stop.signal },
      progress: ({ what }) => {
        if (what === 'public.Log') stop.abort(new Error('stopped by hand'))
      },
    })
    await expect(running).rejects.toThrow('stopped by hand')
    expect(await everything()).toEqual(before)
    const [left] = await query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = 'shop' AND state <> 'idle' AND pid <> pg_backend_pid()`,
    )
    expect(left).toEqual({ n: 0 })
  })
})

describe('others who', () => {
  test('write rows of the tenant meanwhile, where no key keeps them out', async () => {
    const path = await zipOf7()
    const other = new pg.Client({ connectionString: url })
    await other.connect()
    const restored = restoreZip(url, {
      path,
      mode: 'replace',
      phase: async (title, work) => {
        if (/no other rows/.test(title)) await other.query(`INSERT INTO "Log" VALUES (7, 'meanwhile')`)
        return work()
      },
    })
    await expect(restored).rejects.toMatchObject({
      code: 'tenant/rows-differ',
      hint: expect.stringMatching(/tenant was in use/),
    })
    await other.end()
    expect(await query(`SELECT what FROM "Log" WHERE "tenantId" = 7 ORDER BY 1`)).toEqual([
      { what: 'in' },
      { what: 'meanwhile' },
    ])
  })

  test('hold the tenant’s row longer than the lock may take', async () => {
    const path = await zipOf7()
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT FROM "Tenant" WHERE id = 7 FOR UPDATE')
    await expectRefused(
      { path, mode: 'replace', lockTimeout: 1 },
      { code: 'postgres/lock-timeout', message: /lock/, hint: /--lock-timeout/ },
    )
    await holder.end()
  })

  test('refer to the tenant’s rows from tables that keep them', async () => {
    const rules = {
      table: { schema: 'public', table: 'Tenant' },
      column: 'tenantId',
      rules: [{ schema: 'public', table: 'Pin', says: { kind: 'ignored' as const } }],
    }
    const path = await zipOf7()
    await query(
      'CREATE TABLE "Pin" (invoice int REFERENCES "Invoice"); INSERT INTO "Invoice" VALUES (79, 7, 9); INSERT INTO "Pin" VALUES (79)',
    )
    await expectRefused(
      { path, mode: 'replace', rules },
      { code: 'tenant/broken-reference', message: /rows of other tables refer/, hint: /tenant-rule/ },
    )
  })

  test('may not write here: the role lacks rights', async () => {
    const path = await zipOf7()
    await query(
      `DO $$ BEGIN CREATE ROLE reader LOGIN PASSWORD 'reader'; EXCEPTION WHEN duplicate_object THEN NULL; END $$; GRANT pg_read_all_data TO reader; ${destroy}`,
    )
    const before = await everything()
    const reader = new URL(url)
    reader.username = 'reader'
    reader.password = 'reader'
    await expect(restoreZip(reader.href, { path })).rejects.toMatchObject({
      code: 'postgres/permission-denied',
      hint: expect.stringMatching(/owner/),
    })
    expect(await everything()).toEqual(before)
  })
})
