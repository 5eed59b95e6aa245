// SQL of tables that are unusual for a restore of a tenant: their values, foreign keys, partitions and triggers.
import { tenants } from './tenant-round-trip.ts'

interface OddTables {
  /** SQL that creates the tables with rows of tenants `a` and `b`. */
  readonly create: string
  /** SQL that deletes tenant `a` with its rows. */
  readonly deleteTenant: string
}

/** Columns of many types, and their values in each row. */
const columns = `a text, b text[], c jsonb, d bytea, e timestamptz, f json, g float8, h char(5), i int4range, j interval, k xml, l varchar(3), m bool`
const row = `ARRAY[NULL, '', 'NULL', '"', 'a,b', E'x\\ny'], '{"a": [1, null, "\\""]}', '\\x00ff0a22', '2026-11-24 02:00:00.123456+01', '{"a" : 1,  "a": 2}', 0.1 + 0.2, 'ab', '[1,5)', '1 mon 2 days 03:04:05.6', '<a>é</a>', 'ñé', true`
/** Values of column `a`. */
const texts = [
  `''`,
  'NULL',
  `'"'`,
  `E'a\\nb,"'`,
  `'\\.'`,
  `E'a\\n\\\\.\\nb'`,
  `'\\N'`,
  `E'\\r\\n'`,
  `' lead'`,
  `'=1+1'`,
  `'''x'`,
  `'-'`,
  `'🐘'`,
  `E'\\t'`,
]
/** Tables with these rows for tenants `a` and `b`, with and without a primary key. */
export const oddValues: OddTables = {
  create: `${tenants('a', 'b')}
    CREATE TABLE "Odd" (id serial PRIMARY KEY, "tenantId" text REFERENCES "Tenant", ${columns});
    CREATE TABLE "Bag" ("tenantId" text REFERENCES "Tenant", a text, f json);
    CREATE TABLE "Only" ("tenantId" text REFERENCES "Tenant");
    INSERT INTO "Only" VALUES ('a'), ('a'), ('b');
    ${texts.map((each) => `INSERT INTO "Odd" ("tenantId", ${columns.replaceAll(/ [a-z0-9[\]()]+(?=,|$)/g, '')}) VALUES ('a', ${each}, ${row}), ('b', ${each}, ${row}); INSERT INTO "Bag" VALUES ('a', ${each}, '{}'), ('a', ${each}, '{}'), ('b', ${each}, NULL);`).join('\n')}
    INSERT INTO "Odd" ("tenantId", a) VALUES (NULL, 'of nobody')`,
  deleteTenant: `DELETE FROM "Only" WHERE "tenantId" = 'a'; DELETE FROM "Bag" WHERE "tenantId" = 'a'; DELETE FROM "Odd" WHERE "tenantId" = 'a'; DELETE FROM "Tenant" WHERE id = 'a'`,
}

/** Two tables that refer to each other; the foreign keys are NOT NULL and not deferrable. */
export const circle: OddTables = {
  create: `${tenants('a', 'b')}
    CREATE TABLE "Team" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", leader int NOT NULL);
    CREATE TABLE "Person" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", team int NOT NULL REFERENCES "Team");
    WITH t AS (INSERT INTO "Team" VALUES (1, 'a', 1), (2, 'b', 2), (3, 'a', 3)) INSERT INTO "Person" VALUES (1, 'a', 1), (2, 'b', 2), (3, 'a', 3), (4, 'a', 1);
    ALTER TABLE "Team" ADD FOREIGN KEY (leader) REFERENCES "Person"`,
  deleteTenant: `WITH t AS (DELETE FROM "Team" WHERE "tenantId" = 'a') DELETE FROM "Person" WHERE "tenantId" = 'a'; DELETE FROM "Tenant" WHERE id = 'a'`,
}

/** Partitions, keys of several columns, identity columns and generated columns. */
export const bills: OddTables = {
  create: `${tenants('a', 'b')}
    CREATE TABLE "Bill" ("tenantId" text REFERENCES "Tenant", no int, at date, total int, twice int GENERATED ALWAYS AS (total * 2) STORED,
      PRIMARY KEY ("tenantId", no, at)) PARTITION BY RANGE (at);
    CREATE TABLE "Bill_1" PARTITION OF "Bill" FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
    CREATE TABLE "Bill_2" PARTITION OF "Bill" DEFAULT PARTITION BY LIST ("tenantId");
    CREATE TABLE "Bill_2a" PARTITION OF "Bill_2" DEFAULT;
    CREATE TABLE "BillLine" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tid text, bill int, at date, what text,
      FOREIGN KEY (tid, bill, at) REFERENCES "Bill" ON DELETE CASCADE);
    INSERT INTO "Bill" SELECT t, n, date '2026-01-20' + n, n FROM generate_series(1, 20) n, unnest(ARRAY['a', 'b']) t;
    INSERT INTO "BillLine" (tid, bill, at, what) SELECT "tenantId", no, at, 'line' FROM "Bill", generate_series(1, 3)`,
  deleteTenant: `DELETE FROM "BillLine" WHERE tid = 'a'; DELETE FROM "Bill" WHERE "tenantId" = 'a'; DELETE FROM "Tenant" WHERE id = 'a'`,
}

/** Partitions with triggers in each state: of the parent, of a partition, enabled always, disabled. */
export const triggers = `${tenants('a', 'b')}
  CREATE TABLE "Bill" ("tenantId" text REFERENCES "Tenant", no int, total int, PRIMARY KEY (no)) PARTITION BY LIST (no);
  CREATE TABLE "Bill_1" PARTITION OF "Bill" FOR VALUES IN (1); CREATE TABLE "Bill_2" PARTITION OF "Bill" DEFAULT;
  INSERT INTO "Bill" VALUES ('a', 1, 1), ('a', 2, 2), ('b', 3, 3);
  CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.total := -1; RETURN NEW; END $$;
  CREATE TRIGGER all_of_it BEFORE INSERT ON "Bill" FOR EACH ROW EXECUTE FUNCTION meddle();
  CREATE TRIGGER only_here BEFORE INSERT ON "Bill_1" FOR EACH ROW EXECUTE FUNCTION meddle();
  ALTER TABLE "Bill_1" ENABLE ALWAYS TRIGGER only_here; ALTER TABLE ONLY "Bill_2" DISABLE TRIGGER all_of_it`

/** Notes of tenants `b` and `tenant`, each with a line. */
export const notesOf = (tenant: string) => `${tenants('b', tenant)}
  CREATE TABLE "Note" (id serial PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant" ON DELETE CASCADE);
  CREATE TABLE "Line" (id serial PRIMARY KEY, note int NOT NULL REFERENCES "Note" ON DELETE CASCADE);
  INSERT INTO "Note" ("tenantId") SELECT id FROM "Tenant"; INSERT INTO "Line" (note) SELECT id FROM "Note"`

/** A foreign key to the table itself, with parents after their children and a row that is its own parent. */
export const parts = `${tenants('a', 'b')}
  CREATE TABLE "Part" (id int PRIMARY KEY, "tenantId" text NOT NULL REFERENCES "Tenant", parent int REFERENCES "Part");
  INSERT INTO "Part" VALUES (3, 'a', 1), (2, 'a', 3), (1, 'a', NULL), (4, 'b', NULL), (5, 'a', 5)`

/** Rows that have a tenant only through their parents. */
export const folders = `${tenants('a', 'b')}
  CREATE TABLE "Folder" (id int PRIMARY KEY, owner text REFERENCES "Tenant", parent int REFERENCES "Folder");
  INSERT INTO "Folder" VALUES (1, 'a', NULL), (2, NULL, 1), (3, NULL, 2), (4, 'b', NULL), (5, NULL, 4), (6, NULL, NULL)`

/** Primary keys that are also foreign keys. */
export const profiles = `${tenants('a', 'b')}
  CREATE TABLE "User" (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "tenantId" text NOT NULL REFERENCES "Tenant");
  CREATE TABLE "Profile" (id uuid PRIMARY KEY REFERENCES "User", bio text);
  CREATE TABLE "Badge" (id text PRIMARY KEY, profile uuid NOT NULL REFERENCES "Profile");
  INSERT INTO "User" ("tenantId") VALUES ('a'), ('a'), ('b');
  INSERT INTO "Profile" SELECT id, "tenantId" FROM "User";
  INSERT INTO "Badge" SELECT 'badge ' || id, id FROM "Profile"`
