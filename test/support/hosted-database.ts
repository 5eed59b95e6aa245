// SQL of a database on a hosted server: what its owner, who is no superuser, creates and changes later.

/** Objects of many kinds, with rows. Needs the extension citext and the role `reader`. */
export const hostedObjects = `
  CREATE TYPE mood AS ENUM ('good', 'bad');
  CREATE TABLE item (id serial PRIMARY KEY, name citext UNIQUE, mood mood DEFAULT 'good', at timestamptz DEFAULT '2026-01-01');
  INSERT INTO item (name) SELECT 'item ' || n FROM generate_series(1, 300) n;
  CREATE SCHEMA "odd 🐘"; CREATE TABLE "odd 🐘"."T x" (v jsonb); INSERT INTO "odd 🐘"."T x" VALUES ('{"a": 1}');
  CREATE FUNCTION answer() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
RETURN 42;
END;
$$;
  CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$
BEGIN
COMMIT;
END;
$$;
  CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int, initcond = '0');
  CREATE VIEW names AS SELECT name FROM item;
  CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM item;
  GRANT SELECT ON item TO reader; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;
  SELECT lo_from_bytea(0, 'large'); COMMENT ON SCHEMA "odd 🐘" IS 'odd'`

/** Changes after a backup: rows and objects that are gone, and others that are new. */
export const laterChanges = `
  DELETE FROM item WHERE id > 10; CREATE TABLE made_later (x int); DROP SCHEMA "odd 🐘" CASCADE; DROP FUNCTION answer();
  CREATE SCHEMA later; CREATE TABLE later.t (); CREATE FUNCTION later_fn() RETURNS int LANGUAGE sql AS 'SELECT 1';
  SELECT lo_from_bytea(0, 'another'); ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`

/** An event trigger that fails when the table `item` is altered after it has its primary key. */
export const refusesItemChanges = `
  CREATE FUNCTION public.no_trigger() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT count(*) FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'ALTER TABLE' AND object_identity LIKE '%item%') > 0
    AND EXISTS (SELECT FROM pg_constraint WHERE conname = 'item_pkey') THEN RAISE 'not today'; END IF; END $$;
  CREATE EVENT TRIGGER no_item ON ddl_command_end EXECUTE FUNCTION public.no_trigger()`
