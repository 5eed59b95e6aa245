// Definitions that a comparison must find different: changed ones, and expressions that find another operator.

/** Statements that change a definition in test/fixtures/definitions/every-kind.sql, and the object each one changes. */
export const changedDefinitions: readonly (readonly [sql: string, subject: string])[] = [
  [
    `CREATE OR REPLACE VIEW app.v9 AS SELECT a, b FROM (SELECT s AS a, v AS b FROM app.base) sub WHERE b IN ('a','c')`,
    'VIEW app.v9',
  ],
  [
    `CREATE OR REPLACE FUNCTION app.trg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$`,
    'FUNCTION app.trg()',
  ],
  [`ALTER FUNCTION app.f1 SET search_path = public`, 'FUNCTION app.f1(integer, text, integer[])'],
  [
    `ALTER DOMAIN app.dom DROP CONSTRAINT notbig; ALTER DOMAIN app.dom ADD CONSTRAINT notbig CHECK (value NOT IN (1000, 2001))`,
    'DOMAIN app.dom',
  ],
  [`ALTER DOMAIN app.dom SET DEFAULT 4`, 'DOMAIN app.dom'],
  [`ALTER TABLE app.base ALTER ts SET DEFAULT now() - interval '2 days'`, 'TABLE app.base'],
  [`ALTER TABLE app.like_t DROP g, ADD g int GENERATED ALWAYS AS (s + 1) STORED`, 'TABLE app.like_t'],
  [`ALTER TABLE app.chi ALTER c TYPE bigint`, 'TABLE app.chi'],
  [`ALTER TABLE app.parth1 ALTER k SET STORAGE MAIN`, 'TABLE app.parth1'],
  [`ALTER TABLE app.ul SET (fillfactor = 80)`, 'TABLE app.ul'],
  [`ALTER TABLE app.phash OWNER TO d_reader`, 'TABLE app.phash'],
  [`DROP INDEX app.i3; CREATE INDEX i3 ON app.base (ci)`, 'INDEX app.i3'],
  [`DROP INDEX app.i4; CREATE INDEX i4 ON app.base ((ci::text || 'y'))`, 'INDEX app.i4'],
  [`ALTER POLICY pol ON app.base USING (true)`, 'POLICY app.base pol'],
  [`CREATE OR REPLACE RULE ru AS ON DELETE TO app.base DO ALSO NOTHING`, 'RULE app.base ru'],
  [`ALTER TABLE app.base ENABLE TRIGGER tr1`, 'TRIGGER app.base tr1'],
  [
    `CREATE OR REPLACE AGGREGATE app.agg(int) (sfunc = int4pl, stype = int, initcond = '1', parallel = safe)`,
    'AGGREGATE app.agg(integer)',
  ],
  [`DROP COLLATION app.coll2; CREATE COLLATION app.coll2 (provider = libc, locale = 'POSIX')`, 'COLLATION app.coll2'],
  [`ALTER TYPE app.comp ADD ATTRIBUTE c int CASCADE`, 'TYPE app.comp'],
  [`ALTER TYPE app.mood ADD VALUE 'glad' BEFORE 'ok'`, 'TYPE app.mood'],
  [`ALTER SEQUENCE app.sq INCREMENT 2`, 'SEQUENCE app.sq'],
  [`ALTER OPERATOR app.=== (int, int) SET (RESTRICT = neqsel)`, 'OPERATOR app.==='],
  [`ALTER EVENT TRIGGER et ENABLE`, 'EVENT TRIGGER et'],
  [`ALTER STATISTICS app.sts SET STATISTICS 60`, 'STATISTICS app.sts'],
  [`ALTER TEXT SEARCH CONFIGURATION app.tsc DROP MAPPING FOR word`, 'TEXT SEARCH CONFIGURATION app.tsc'],
  [`ALTER TEXT SEARCH DICTIONARY app.tsd (stopwords = german)`, 'TEXT SEARCH DICTIONARY app.tsd'],
  [`ALTER PUBLICATION pub2 SET (publish = 'insert, delete')`, 'PUBLICATION pub2'],
  [`ALTER SERVER far OPTIONS (SET host 'other')`, 'SERVER far'],
  [`ALTER USER MAPPING FOR d_owner SERVER far OPTIONS (SET password 'other')`, 'USER MAPPING d_owner SERVER far'],
  [`ALTER FOREIGN TABLE app.ft OPTIONS (SET table_name 'y')`, 'FOREIGN TABLE app.ft'],
  [
    `ALTER TABLE app.fk DROP CONSTRAINT fk_base_fkey, ADD CONSTRAINT fk_base_fkey FOREIGN KEY (base) REFERENCES app.base`,
    'FK CONSTRAINT app.fk fk_base_fkey',
  ],
  [`COMMENT ON COLUMN app.base.v IS 'dd'`, 'COMMENT app.COLUMN base.v'],
  [`GRANT DELETE ON app.base TO d_reader`, 'ACL app.TABLE base'],
  [
    `ALTER TABLE app.part DETACH PARTITION app.part1; ALTER TABLE app.part ATTACH PARTITION app.part1 FOR VALUES IN ('sad')`,
    'TABLE ATTACH app.part1',
  ],
]

/** Expressions whose operator is found along the search_path, which a restore empties. */
export const citextExpressions = `
  CREATE EXTENSION citext;
  CREATE TABLE t (a citext, b citext, CONSTRAINT same CHECK (CASE a WHEN b THEN true ELSE true END));
  CREATE TABLE u (a citext DEFAULT CASE 'x'::citext WHEN 'X'::citext THEN 'same' ELSE 'other' END, c text);
  CREATE VIEW distinct_from AS SELECT a IS DISTINCT FROM b AS x FROM t;
  CREATE VIEW simple_case AS SELECT CASE a WHEN b THEN 'same' ELSE 'other' END AS x FROM t;
  CREATE VIEW null_if AS SELECT nullif(a, b) AS x FROM t;
  CREATE VIEW joined AS SELECT u.c FROM t JOIN u USING (a);
  CREATE VIEW naturally AS SELECT x.b FROM t x NATURAL JOIN (SELECT a FROM u) y;
  CREATE MATERIALIZED VIEW stored AS SELECT CASE a WHEN b THEN 1 ELSE 2 END AS x FROM t;
  CREATE INDEX by_case ON t ((CASE a WHEN b THEN 1 ELSE 2 END));
  CREATE POLICY by_case ON u USING (CASE a WHEN 'A' THEN true ELSE false END);
  CREATE FUNCTION atomic(p citext) RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT CASE p WHEN 'A'::citext THEN true ELSE false END; END;
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER by_case BEFORE UPDATE ON t FOR EACH ROW WHEN (CASE NEW.a WHEN OLD.a THEN true ELSE false END) EXECUTE FUNCTION touch();
  CREATE RULE by_case AS ON DELETE TO u WHERE CASE OLD.a WHEN 'A' THEN true ELSE false END DO INSTEAD NOTHING;
  CREATE VIEW unchanged AS SELECT a = b AS x, a IN ('A', 'B') AS y FROM t`

/** The objects of `citextExpressions` that a comparison names. */
export const citextObjects = [
  'VIEW public.distinct_from',
  'VIEW public.null_if',
  'default value for public.u.a',
  'function public.atomic(public.citext)',
  'index public.by_case',
  'materialized view public.stored',
  'policy by_case on public.u',
  'rule by_case on public.u',
  'table constraint same on public.t',
  'trigger by_case on public.t',
  'view public.distinct_from',
  'view public.joined',
  'view public.naturally',
  'view public.null_if',
  'view public.simple_case',
]
