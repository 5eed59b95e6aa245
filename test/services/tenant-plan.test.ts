// `tenants plan` on a real server: the map, exact counts, questions with the rules that answer them, the diagram.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeSamplePlatform } from '../../scripts/sample-platform.ts'
import { tenants } from '../../src/commands/tenants/tenants.ts'
import { asFailure, type Failure } from '../../src/domain/failures/failure.ts'
import { openTenants } from '../../src/engines/postgres/tenants/plan.ts'
import { parseInputs } from '../../src/inputs/parse.ts'
import { fakeWorld } from '../support/fakes.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/real-world.ts'
import { linesOf } from '../support/report-text.ts'

let server: TestPostgres
let folder: string

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('tenant-plan')
  await server.createDatabase('odd')
  await server.query(
    'odd',
    `CREATE TABLE "Tenant" (id text PRIMARY KEY); INSERT INTO "Tenant" VALUES ('a'), ('b'), ('!paths disagree');
     CREATE TABLE "Country" (id int PRIMARY KEY); INSERT INTO "Country" VALUES (1), (2);
     CREATE TABLE "Order" (id int PRIMARY KEY, "tenantId" text, country int REFERENCES "Country");
     INSERT INTO "Order" VALUES (1, 'a', 1), (2, 'b', 2), (3, NULL, 1), (4, 'gone', 1), (5, '!paths disagree', NULL);
     CREATE TABLE "Line" (id int PRIMARY KEY, o int REFERENCES "Order", p int REFERENCES "Order");
     INSERT INTO "Line" VALUES (1, 1, 1), (2, 1, 2), (3, 3, NULL), (4, NULL, 4), (5, 5, NULL);
     CREATE TABLE "Tax" (id int PRIMARY KEY, line int NOT NULL REFERENCES "Line"); INSERT INTO "Tax" VALUES (1, 1), (2, 2), (3, 2);
     CREATE TABLE "Audit's" (id int PRIMARY KEY, tenant_id text); INSERT INTO "Audit's" VALUES (1, 'a');
     CREATE TABLE "Cron" (id int PRIMARY KEY);
     CREATE TABLE "Photo" (id int PRIMARY KEY, "tenantId" text, data oid, other oid);
     INSERT INTO "Photo" VALUES (1, 'a', lo_from_bytea(0, 'x'), 1);`,
  )
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function plan(url: string, given: Record<string, string | string[]> = {}) {
  const world = fakeWorld({ openTenants: async (each) => openTenants(each) })
  const all: Record<string, string | string[]> = { 'database-url': url, ...given }
  const values = parseInputs(tenants.inputs, (name) =>
    all[name] === undefined ? undefined : { text: all[name], from: name },
  )
  expect(tenants.check?.(values, world)).toEqual([])
  const outcome = await tenants.run(values, world)
  return { ...outcome, lines: linesOf(outcome), warnings: world.reporter.texts('warn') }
}

test('the table says whose each table is, with exact counts', async () => {
  const { lines, outputs } = await plan(server.url('odd'))
  expect(lines.map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
    `Tenants of odd on ${server.host}:${server.port}`,
    '3 tenants: their rows are in 5 tables; 1 shared; 2 unreached; 4 rows of them belong to no tenant.',
    'TABLE | ASSIGNED BY | ROWS | OF TENANTS | NO TENANT | AMBIGUOUS',
    "Audit's | unreached | 1",
    'Country | shared | 2',
    'Cron | unreached | 0',
    'Order | column tenantId | 5 | 3 | 2 | 0',
    'Line | Line → Order → Tenant | 5 | 2 | 2 | 1',
    'Photo | column tenantId | 1 | 1 | 0 | 0',
    'Tax | Tax → Line → Order → Tenant | 3 | 1 | 0 | 2',
    'Tenant | table of tenants | 3 | 3 | 0 | 0',
    '',
    " | Tenant IDs | '!paths disagree', a, b",
  ])
  expect(outputs).toEqual({ tenants: 3, tables: 5, unreached: 2, disagreeing: 3 })
})

test('each question comes with the rule that settles it, which can be pasted into a shell', async () => {
  const { warnings, failure } = await plan(server.url('odd'))
  expect(warnings).toEqual([
    `public.Audit's (1 row) has no path to a tenant, so its rows are in no ZIP. Assign them: --tenant-rule '"public"."Audit'\\''s": column "tenant_id"' (or shared, ignored)`,
    `public.Cron (0 rows) has no path to a tenant, so its rows are in no ZIP. Assign them: --tenant-rule '"public"."Cron": ignored' (or shared, column NAME)`,
    `public.Line: 1 row belongs to different tenants by different foreign keys ("Line_o_fkey", "Line_p_fkey"). Correct the rows, or name the foreign key to use: --tenant-rule '"public"."Line": through "Line_o_fkey"'`,
    'public.Tax: 2 rows refer to rows of public.Line that belong to different tenants by different foreign keys. Correct those first.',
    'public.Photo: "data" refers to large objects, which are not in a tenant\'s ZIP; the ZIP has only their OIDs.',
  ])
  expect(failure).toBeUndefined()
})

test('strict refuses until the rules are given', async () => {
  const { failure } = await plan(server.url('odd'), { strict: 'true' })
  expect(failure).toMatchObject({ code: 'tenant/unassigned-table', message: expect.stringContaining('4 tables') })
  const settled = await plan(server.url('odd'), {
    strict: 'true',
    'tenant-rule': [
      '"public"."Audit\'s": column "tenant_id"',
      '"public"."Cron": ignored',
      '"public"."Line": through "Line_o_fkey"',
    ],
  })
  expect(settled.failure).toBeUndefined()
  expect(settled.outputs).toMatchObject({ unreached: 0, disagreeing: 0 })
})

test('without counts nothing is counted, and the document says what is known', async () => {
  const { lines, outputs, document } = await plan(server.url('odd'), { counts: 'false' })
  expect(lines[2]).toMatch(/^TABLE +ASSIGNED BY$/)
  expect(outputs.disagreeing).toBeUndefined()
  expect(document).toMatchObject({ tenants: 3, table: { schema: 'public', table: 'Tenant', column: 'id' } })
  expect(JSON.stringify(document)).not.toContain('"rows"')
})

test('the diagram is printed, written and on the page', async () => {
  const file = join(folder, 'map.mmd')
  const { lines, report } = await plan(server.url('odd'), { diagram: 'true', mermaid: file })
  const picture = (await readFile(file, 'utf8')).trimEnd()
  expect(picture).toMatch(/^flowchart LR\n/)
  expect(lines.slice(-picture.split('\n').length)).toEqual(picture.split('\n').map((line) => `  ${line}`))
  expect(report).toContainEqual({ kind: 'diagram', text: picture })
})

describe('what cannot be is said', () => {
  async function refused(url: string, given: Record<string, string | string[]> = {}): Promise<Failure> {
    return plan(url, given).then(() => Promise.reject(new Error('it went well')), asFailure)
  }

  test('a table of tenants that is not there', async () => {
    const failure = await refused(server.url('odd'), { 'tenant-table': 'tenants' })
    expect(failure).toMatchObject({ code: 'tenant/no-tenant-table', hint: expect.stringContaining('public.Tenant') })
  })

  test('a file that cannot be written', async () => {
    expect(await refused(server.url('odd'), { mermaid: join(folder, 'no/such/file') })).toMatchObject({
      code: 'disk/not-writable',
    })
  })

  test('a table that may not be read', async () => {
    await server.query('odd', "CREATE ROLE poor LOGIN PASSWORD 'p'")
    const url = server.url('odd').replace(/\/\/[^@]+@/, '//poor:p@')
    expect(await refused(url)).toMatchObject({ message: expect.stringContaining('permission denied') })
  })
})

test('a schema of each tenant: one line for all of them', async () => {
  await server.createDatabase('schemas')
  await server.query(
    'schemas',
    `CREATE TABLE "Country" (id int PRIMARY KEY);
     CREATE TABLE "Member" (org text, id int); INSERT INTO "Member" VALUES ('7', 1), ('9', 2), (NULL, 3);` +
      ['7', 'acme']
        .map(
          (id) => `CREATE SCHEMA "t_${id}"; CREATE TABLE "t_${id}"."Order" (c int REFERENCES "Country");
         INSERT INTO "t_${id}"."Order" VALUES (NULL), (NULL);`,
        )
        .join(''),
  )
  const { lines, outputs, document } = await plan(server.url('schemas'), {
    'tenant-schema': 't_{id}',
    'tenant-rule': 'Member: column org',
  })
  expect(lines.slice(3, 6).map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
    'Country | shared | 0',
    'Member | column org | 3 | 1 | 2 | 0',
    't_{id}.Order | schema of the tenant | 4 | 4 | 0 | 0',
  ])
  expect(outputs).toMatchObject({ tenants: 2, tables: 3 })
  expect(document).toMatchObject({ schema: 't_{id}' })
  const { warnings } = await plan(server.url('schemas'), { 'tenant-schema': 'nope_{id}' })
  expect(warnings[0]).toBe('No schema matches nope_{id}, so there are no tenants.')
})

test('the sample platform: all rows are somebody’s but those of two tables apart', async () => {
  const shop = await server.createDatabase('shop')
  await makeSamplePlatform(shop, { megabytes: 2, tenants: 5 })
  const { outputs, lines } = await plan(shop)
  expect(outputs).toMatchObject({ tenants: 5, unreached: 2, disagreeing: 0 })
  expect(lines.find((line) => line.startsWith('InvoiceLine'))).toContain(
    'InvoiceLine → Invoice → Tenant; InvoiceLine → Product → Tenant',
  )
  expect(lines[1]).not.toContain('no tenant')
})
