// Restores of one tenant that must be undone: they would write other rows, are interrupted, or others use the tenant.
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { createShopTemplate, destroy, modes, openShop, type TenantShop } from '../support/tenant-shop.ts'
import { restoreZip } from '../support/tenant-zip.ts'

let server: TestPostgres
let shop: TenantShop

beforeAll(async () => {
  server = await startPostgres()
  await createShopTemplate(server)
})

afterAll(() => server?.stop())

beforeEach(async () => {
  shop = await openShop(server)
})

describe('other rows that would be written:', () => {
  test('a cascade into another tenant’s rows', async () => {
    await shop.query(
      'CREATE TABLE "Note" (id int PRIMARY KEY, "tenantId" int NOT NULL REFERENCES "Tenant", about int REFERENCES "Invoice" ON DELETE CASCADE)',
    )
    const path = await shop.zipOf7()
    await shop.query('INSERT INTO "Invoice" VALUES (79, 7, 9); INSERT INTO "Note" VALUES (1, 8, 79)')
    await shop.expectRefused(
      { path, mode: 'replace' },
      { code: 'tenant/unexpected-writes', message: /public\.Note: 1 rows deleted instead of 0/, hint: /cascade/ },
    )
  })

  test('a cascade that sets NULL in a table of nobody', async () => {
    const path = await shop.zipOf7()
    await shop.query(
      'ALTER TABLE "Elsewhere" ADD inv int REFERENCES "Invoice" ON DELETE SET NULL; INSERT INTO "Elsewhere" VALUES (1, 70)',
    )
    // The table has a path to tenants now, which the backup does not know.
    await shop.expectRefused({ path, mode: 'replace' }, { code: 'tenant/newer-rows', message: /Elsewhere/ })
  })

  const trigger = (body: string, when: string): string => `
    CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN coalesce(NEW, OLD); END $$;
    CREATE TRIGGER meddle ${when} EXECUTE FUNCTION meddle();`

  test.each(modes)('a trigger that writes elsewhere (%s), unless triggers are off', async (mode) => {
    const whole = await shop.everything()
    const path = await shop.zipOf7()
    await shop.query(destroy)
    await shop.query(trigger(`INSERT INTO "Elsewhere" VALUES ('x');`, 'AFTER INSERT ON "Invoice" FOR EACH ROW'))
    const refusal = {
      code: 'tenant/unexpected-writes',
      message: /public\.Elsewhere: 2 rows inserted instead of 0/,
      hint: /--triggers off/,
    } as const
    await shop.expectRefused({ path, mode }, refusal)
    await restoreZip(shop.url, { path, mode, triggers: 'off' })
    const [triggers, ...rest] = (await shop.everything()) as unknown[]
    expect(triggers).toEqual([{ tgname: 'meddle', tgenabled: 'O' }])
    expect(rest).toEqual((whole as unknown[]).slice(1))
  })

  test('a trigger that waits for the end of the transaction', async () => {
    const path = await shop.zipOf7()
    await shop.query(destroy)
    const late = trigger(
      `UPDATE "Invoice" SET total = 99 WHERE "tenantId" = 8;`,
      'AFTER INSERT ON "Invoice" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW',
    )
    await shop.query(late.replace('CREATE TRIGGER', 'CREATE CONSTRAINT TRIGGER'))
    await shop.expectRefused(
      { path },
      { code: 'tenant/unexpected-writes', message: /public\.Invoice: 2 rows updated instead of 0/ },
    )
  })

  test('a trigger that moves a row to another tenant, changes it, or drops it', async () => {
    const path = await shop.zipOf7()
    await shop.query(destroy)
    for (const [body, code, message] of [
      ['NEW."tenantId" := 8;', 'tenant/foreign-rows', /another tenant/],
      ['NEW.total := 99;', 'tenant/rows-differ', /Invoice/],
      ['RETURN NULL;', 'tenant/rows-differ', /0 of 2 rows/],
    ] as const) {
      await shop.query(trigger(body, 'BEFORE INSERT ON "Invoice" FOR EACH ROW'))
      for (const mode of modes) await shop.expectRefused({ path, mode }, { code, message })
      await shop.query('DROP FUNCTION meddle() CASCADE')
    }
  })

  test('a trigger that deletes large objects with their rows', async () => {
    await shop.query(`CREATE EXTENSION lo; ALTER TABLE "Log" ADD COLUMN file lo`)
    await shop.query(`UPDATE "Log" SET file = lo_from_bytea(0, 'kept') WHERE "tenantId" = 7`)
    await shop.query(
      `CREATE TRIGGER unlink BEFORE UPDATE OR DELETE ON "Log" FOR EACH ROW EXECUTE FUNCTION lo_manage(file)`,
    )
    const path = await shop.zipOf7()
    for (const mode of ['replace', 'merge'] as const) {
      await shop.expectRefused(
        { path, mode },
        { code: 'tenant/large-object-trigger', message: /"Log" deletes large objects/, hint: /--triggers off/ },
      )
    }
    await restoreZip(shop.url, { path, mode: 'replace', triggers: 'off' })
    expect(
      await shop.query(`SELECT convert_from(lo_get(file), 'UTF8') AS file FROM "Log" WHERE "tenantId" = 7`),
    ).toEqual([{ file: 'kept' }])
  })

  test('triggers that were off before stay off', async () => {
    const path = await shop.zipOf7()
    await shop.query(destroy)
    await shop.query(trigger("RAISE EXCEPTION 'no';", 'BEFORE INSERT ON "Invoice" FOR EACH ROW'))
    await shop.query('ALTER TABLE "Invoice" DISABLE TRIGGER meddle')
    await restoreZip(shop.url, { path, triggers: 'off' })
    expect(await shop.query('SELECT tgenabled AS e FROM pg_trigger WHERE NOT tgisinternal')).toEqual([{ e: 'D' }])
  })

  test('a server that does not count', async () => {
    const path = await shop.zipOf7()
    await shop.query('ALTER DATABASE shop SET track_counts = off')
    await shop.expectRefused({ path }, { code: 'tenant/track-counts-off', message: /track_counts/ })
  })
})

describe('an interruption', () => {
  test.each(modes)('in the midst of the rows undoes all (%s)', async (mode) => {
    await shop.query(`INSERT INTO "Log" SELECT 7, md5(n::text) FROM generate_series(1, 50000) n`)
    const path = await shop.zipOf7()
    await shop.query(destroy)
    const before = await shop.everything()
    const stop = new AbortController()
    const running = restoreZip(shop.url, {
      ...{ path, mode, signal: stop.signal },
      progress: ({ what }) => {
        if (what === 'public.Log') stop.abort(new Error('stopped by hand'))
      },
    })
    await expect(running).rejects.toThrow('stopped by hand')
    expect(await shop.everything()).toEqual(before)
    const [left] = await shop.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = 'shop' AND state <> 'idle' AND pid <> pg_backend_pid()`,
    )
    expect(left).toEqual({ n: 0 })
  })
})

describe('others who', () => {
  test('write rows of the tenant meanwhile, where no key keeps them out', async () => {
    const path = await shop.zipOf7()
    const other = new pg.Client({ connectionString: shop.url })
    await other.connect()
    const restored = restoreZip(shop.url, {
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
    expect(await shop.query(`SELECT what FROM "Log" WHERE "tenantId" = 7 ORDER BY 1`)).toEqual([
      { what: 'in' },
      { what: 'meanwhile' },
    ])
  })

  test('hold the tenant’s row longer than the lock may take', async () => {
    const path = await shop.zipOf7()
    const holder = new pg.Client({ connectionString: shop.url })
    await holder.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT FROM "Tenant" WHERE id = 7 FOR UPDATE')
    await shop.expectRefused(
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
    const path = await shop.zipOf7()
    await shop.query(
      'CREATE TABLE "Pin" (invoice int REFERENCES "Invoice"); INSERT INTO "Invoice" VALUES (79, 7, 9); INSERT INTO "Pin" VALUES (79)',
    )
    await shop.expectRefused(
      { path, mode: 'replace', rules },
      { code: 'tenant/broken-reference', message: /rows of other tables refer/, hint: /tenant-rule/ },
    )
  })

  test('may not write here: the role lacks rights', async () => {
    const path = await shop.zipOf7()
    await shop.query(
      `DO $$ BEGIN CREATE ROLE reader LOGIN PASSWORD 'reader'; EXCEPTION WHEN duplicate_object THEN NULL; END $$; GRANT pg_read_all_data TO reader; ${destroy}`,
    )
    const before = await shop.everything()
    const reader = new URL(shop.url)
    reader.username = 'reader'
    reader.password = 'reader'
    await expect(restoreZip(reader.href, { path })).rejects.toMatchObject({
      code: 'postgres/permission-denied',
      hint: expect.stringMatching(/owner/),
    })
    expect(await shop.everything()).toEqual(before)
  })
})
