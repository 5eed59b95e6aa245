// Creates databases with many objects of one type.
import pg from 'pg'
import type { BenchServer } from './server.ts'

export interface Filled {
  readonly url: string
  /** Description of the contents. */
  readonly what: string
}

/** Objects per transaction, because each needs locks. */
const perTransaction = 500

/** Tables with a primary key, an identity and five rows. */
export async function fillTables({ empty }: BenchServer, tables: number, schemas: number): Promise<Filled> {
  const url = await empty('scale_tables')
  const what = `${shown(tables)} tables in ${shown(schemas)} schemas`
  await run(url, what, [
    ...batches(schemas).map(
      ([from, to]) =>
        `DO $$ BEGIN FOR i IN ${from}..${to} LOOP EXECUTE format('CREATE SCHEMA s%s', i); END LOOP; END $$`,
    ),
    ...batches(tables).map(
      ([from, to]) => `DO $$ BEGIN FOR i IN ${from}..${to} LOOP
        EXECUTE format('CREATE TABLE s%s.t%s (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now())', 1 + i % ${schemas}, i);
        EXECUTE format('INSERT INTO s%s.t%s (name) SELECT ''row '' || g FROM generate_series(1, 5) g', 1 + i % ${schemas}, i);
      END LOOP; END $$`,
    ),
  ])
  return { url, what }
}

/** Large objects of about 200 bytes, each referenced by a row. */
export async function fillLargeObjects({ empty }: BenchServer, objects: number): Promise<Filled> {
  const url = await empty('scale_objects')
  const what = `${shown(objects)} large objects`
  await run(url, what, [
    'CREATE TABLE document (id int PRIMARY KEY, content oid)',
    `INSERT INTO document SELECT i, lo_from_bytea(0, convert_to('object ' || i || repeat('x', 200), 'UTF8')) FROM generate_series(1, ${objects}) i`,
  ])
  return { url, what }
}

/** Three tables: tenants, and three times `rowsFor` rows in each of two tables of the tenants. */
export async function fillTenants({ empty }: BenchServer, tenants: number, rowsFor: number): Promise<Filled> {
  const url = await empty(`scale_tenants_${tenants}`)
  const what = `${shown(6 * rowsFor)} rows of ${shown(tenants)} tenants`
  const rows = `generate_series(1, ${3 * rowsFor}) i`
  await run(url, what, [
    'CREATE TABLE tenant (id int PRIMARY KEY, name text NOT NULL)',
    'CREATE TABLE customer (id bigint PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenant, name text, email text)',
    'CREATE TABLE invoice (id bigint PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenant, total numeric, note text)',
    `INSERT INTO tenant SELECT i, 'tenant ' || i FROM generate_series(1, ${tenants}) i`,
    `INSERT INTO customer SELECT i, 1 + i % ${tenants}, 'name ' || i, 'n' || i || '@example.com' FROM ${rows}`,
    `INSERT INTO invoice SELECT i, 1 + i % ${tenants}, i * 1.1, 'note ' || i FROM ${rows}`,
    'CREATE INDEX ON customer (tenant_id)',
    'CREATE INDEX ON invoice (tenant_id)',
    'VACUUM ANALYZE',
  ])
  return { url, what }
}

function batches(count: number): [from: number, to: number][] {
  return Array.from({ length: Math.ceil(count / perTransaction) }, (_, at) => [
    1 + at * perTransaction,
    Math.min(count, (at + 1) * perTransaction),
  ])
}

async function run(url: string, what: string, statements: readonly string[]): Promise<void> {
  console.error(`making ${what}`)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

function shown(count: number): string {
  return count.toLocaleString('en')
}
