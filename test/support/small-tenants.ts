// A database with many small tenants, whose backups put several of them in one ZIP.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { resguardo } from './command-line.ts'
import type { TestPostgres } from './postgres-server.ts'

/** IDs with the characters that CSV, shells, file names and regular expressions treat specially. */
export const oddIds = ['o\'dd, "id"\nwith\\ $(x) `y` %41 é 🐘', '../..', '.*', 'Mixed Case', '%2E', '~']

/** A database with small tenants, and commands that run on it. */
export interface SmallTenants {
  readonly database: string
  sql(text: string): Promise<unknown[]>
  run(...parameters: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>
  /** Runs a command that must succeed, and returns its standard output. */
  succeed(...parameters: string[]): Promise<string>
  /** Folder of the newest backup, and its manifest. */
  newest(): Promise<{ at: string; manifest: PostgresManifest }>
}

/**
 * Creates a database with `count` small tenants, those with odd IDs, and one with many rows. Its backups are in a
 * folder of the same name below `folder`.
 */
export async function makeSmallTenants(
  server: TestPostgres,
  folder: string,
  database: string,
  count: number,
): Promise<SmallTenants> {
  const url = await server.createDatabase(database)
  const backups = join(folder, database)
  const sql = (text: string): Promise<unknown[]> => server.query(database, text)
  const run = (...parameters: string[]) => resguardo(parameters, { DATABASE_URL: url, BACKUP_DIR: backups })
  await sql(`
    CREATE TABLE "Tenant" (id text PRIMARY KEY, name text);
    CREATE TABLE "Order" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", note text);
    CREATE TABLE "Line" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "orderId" bigint NOT NULL REFERENCES "Order", "a,""b
c" text);
    CREATE TABLE "Empty" ("tenantId" text REFERENCES "Tenant");
    INSERT INTO "Tenant" SELECT i::text, E'na\\n"me ' || i FROM generate_series(1, ${count}) i;
    INSERT INTO "Tenant" VALUES ${oddIds.map((id) => `('${id.replaceAll("'", "''")}', NULL)`).join(', ')}, ('large', '');
    INSERT INTO "Order" ("tenantId", note) SELECT id, E'\\\\.\\n' || n FROM "Tenant", generate_series(1, 3) n WHERE id <> '7';
    INSERT INTO "Order" ("tenantId", note) SELECT 'large', repeat('x', 1000) FROM generate_series(1, 300);
    INSERT INTO "Line" ("orderId", "a,""b
c") SELECT id, nullif(note, '') FROM "Order" ORDER BY note, id;`)
  return {
    database,
    sql,
    run,
    async succeed(...parameters) {
      const { code, stdout, stderr } = await run(...parameters)
      expect(code, stderr).toBe(0)
      return stdout
    },
    async newest() {
      const ids = (await readdir(join(backups, database))).sort()
      const at = join(backups, database, ids.at(-1) ?? '')
      return { at, manifest: JSON.parse(await readFile(join(at, 'manifest.json'), 'utf8')) }
    },
  }
}

/** A query for the digest of the rows of each tenant. */
export const rowsByTenant = `SELECT t.id, count(*)::int AS n, md5(string_agg(o::text || l::text, '|' ORDER BY o.id, l.id)) AS m, t.name
  FROM "Tenant" t LEFT JOIN "Order" o ON o."tenantId" = t.id LEFT JOIN "Line" l ON l."orderId" = o.id GROUP BY t.id ORDER BY t.id`
