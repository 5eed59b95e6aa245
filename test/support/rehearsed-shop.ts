// A shop for rehearsals: a backup of its database, and a checkout with migrations for Knex and node-pg-migrate.
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import type { TestPostgres } from './postgres-server.ts'
import { backUpUrl } from './real-world.ts'
import { copyPackages, writeFiles } from './rehearsal.ts'

const shopSql = `
  CREATE ROLE shop;
  CREATE TABLE "Product" (id int PRIMARY KEY, name text, price int);
  INSERT INTO "Product" SELECT i, CASE WHEN i % 10 > 0 THEN 'p' || i END, i FROM generate_series(1, 1000) i;
  CREATE TABLE "Order" (id int, "Product" int REFERENCES "Product"); INSERT INTO "Order" SELECT i, i FROM generate_series(1, 50) i;
  CREATE TABLE legacy (a int, b text); INSERT INTO legacy VALUES (1, 'x'), (2, 'y'); ALTER TABLE legacy OWNER TO shop;
  CREATE TYPE mood AS ENUM ('good'); CREATE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 42'; CREATE VIEW cheap AS SELECT * FROM "Product" WHERE price < 10`

/** Creates database `shop`, in which every tenth product has no name, and backs it up. Returns the ID of the backup. */
export async function backUpShop(server: TestPostgres, store: string): Promise<string> {
  const url = await server.createDatabase('shop')
  await server.query('shop', shopSql)
  return (await backUpUrl(url, [openDirectoryStore(store)])).manifest.id
}

/** A migration command that runs these statements. */
export function psql(statements: string): string {
  return `psql --no-psqlrc -v ON_ERROR_STOP=1 -c '${statements}'`
}

/**
 * Writes a checkout with Knex, pg and node-pg-migrate installed. Returns the folder. Knex adds a column and a table;
 * `pgm` fails on products without a name, `pgm-good` passes.
 */
export async function writeCheckout(folder: string): Promise<string> {
  await copyPackages(['knex', 'pg', 'node-pg-migrate'], folder)
  return writeFiles(folder, {
    'package.json': '{ "type": "module" }',
    'knexfile.js': `export default { client: 'pg', connection: process.env.SHOP_URL, migrations: { directory: './knex' } }`,
    'knex/1_stock.js': `
      export const up = async (knex) => {
        await knex.schema.alterTable('Product', (table) => table.integer('stock').notNullable().defaultTo(0))
        await knex.schema.createTable('Shelf', (table) => table.increments('id'))
        await knex('Shelf').insert([{ id: 1 }, { id: 2 }, { id: 3 }])
      }
      export const down = () => {}`,
    'pgm/1_name.cjs': `
      exports.up = (pgm) => pgm.alterColumn('Product', 'name', { notNull: true })
      exports.down = () => {}`,
    'pgm-good/1_note.cjs': `
      exports.up = (pgm) => pgm.addColumn('Product', { note: { type: 'text' } })
      exports.down = () => {}`,
  })
}
