// A database with odd names, settings, privileges and a comment, for restores that replace the whole database.
import pg from 'pg'
import { toUrl } from '../../src/engines/postgres/connection/address.ts'
import type { TestPostgres } from './postgres-server.ts'

const id = pg.escapeIdentifier
const literal = pg.escapeLiteral
/** The database: quotes, spaces, emoji, a backslash; 63 bytes, so that suffixes cut it between characters. */
export const live = `shop "live" it's \\ 🛒🛒🛒🛒🛒🛒🛒🛒🛒🛒 é`
const owner = `owner "of" it's 🐘`
/** The role of the application. */
const app = `app 'role' "x" 🛒`
const reader = 'reader $(x) é'

/** Creates the roles that the database needs. */
export async function createRoles(server: TestPostgres): Promise<void> {
  await server.query(
    'postgres',
    `CREATE ROLE ${id(owner)}; CREATE ROLE ${id(app)} LOGIN PASSWORD 'secret'; CREATE ROLE ${id(reader)};
     CREATE ROLE granter; CREATE ROLE "only connects" LOGIN PASSWORD 'secret'`,
  )
}

/** Creates the database with 500 orders, and returns its URL for the superuser. */
export async function createOddShop(server: TestPostgres): Promise<string> {
  const url = await server.createDatabase(live, `OWNER ${id(owner)}`)
  await server.query(
    live,
    `CREATE TABLE "Order" (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);
     ALTER TABLE "Order" OWNER TO ${id(owner)}; GRANT SELECT, INSERT, UPDATE, DELETE ON "Order" TO ${id(app)};
     INSERT INTO "Order" (note) SELECT 'n' || n FROM generate_series(1, 500) n;
     REVOKE ALL ON DATABASE ${id(live)} FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE ${id(live)} TO ${id(app)};
     GRANT CREATE ON DATABASE ${id(live)} TO granter WITH GRANT OPTION; GRANT CONNECT ON DATABASE ${id(live)} TO granter, ${id(reader)};
     SET ROLE granter; GRANT CREATE ON DATABASE ${id(live)} TO ${id(reader)}; RESET ROLE;
     ALTER DATABASE ${id(live)} SET search_path = "$user", public, ${id('odd, "path"')};
     ALTER DATABASE ${id(live)} SET work_mem = '5MB'; ALTER DATABASE ${id(live)} SET "shop.tax" = 'a, ''b'' "c" \\ é';
     ALTER DATABASE ${id(live)} SET DateStyle = 'German, DMY';
     ALTER ROLE ${id(app)} IN DATABASE ${id(live)} SET statement_timeout = '7s';
     ALTER ROLE ${id(app)} IN DATABASE ${id(live)} SET search_path = '';
     ALTER ROLE ${id(reader)} IN DATABASE ${id(live)} SET "shop.tenant" = '🛒';
     ALTER DATABASE ${id(live)} CONNECTION LIMIT 17;
     COMMENT ON DATABASE ${id(live)} IS ${literal('It\'s "ours" \\ 🛒\n\nresguardo restore: not a marker')}`,
  )
  return url
}

/** Returns the attributes of a database that its dump does not contain. */
export async function properties(server: TestPostgres, database: string): Promise<unknown> {
  return server.query(
    'postgres',
    `SELECT pg_get_userbyid(datdba) AS owner, datconnlimit, datistemplate, datallowconn, pg_encoding_to_char(encoding), datcollate, datctype,
            regexp_replace(shobj_description(oid, 'pg_database'), E'\\n\\nresguardo restore: \\\\{.*$', '') AS comment,
            (SELECT jsonb_agg(a ORDER BY a) FROM (SELECT jsonb_build_array(pg_get_userbyid(grantor), grantee::regrole, privilege_type, is_grantable) AS a
               FROM aclexplode(datacl)) AS acl) AS acl,
            (SELECT jsonb_agg(jsonb_build_array(setrole::regrole, setconfig) ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = oid) AS settings
       FROM pg_database WHERE datname = $1`,
    [database],
  )
}

/** Returns the URL for the application. */
export function appUrl(server: TestPostgres): string {
  return toUrl({ ...server.address(live), user: app, password: 'secret' })
}
