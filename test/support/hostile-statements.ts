// SQL that plants code in a hostile database (makeHostileDatabase), for restores by a superuser. The code calls
// `public.trap`.

/** Ways to have an ordinary role's code run by a table `public.lent` of the superuser: a title, and the SQL. */
export const lentTables: readonly (readonly [title: string, sql: string])[] = [
  ['a check', 'ALTER TABLE public.lent ADD CHECK (public.ok(name, $$check$$))'],
  ['an index', 'CREATE INDEX ON public.lent ((public.same(name, $$index$$)))'],
  ['a domain', 'ALTER TABLE public.lent ALTER name TYPE public.checked'],
  [
    'a partition whose parent has another owner, and a partition',
    `CREATE ROLE parent; CREATE TABLE public.parts (name text) PARTITION BY LIST (name); ALTER TABLE public.parts OWNER TO parent;
     CREATE TABLE public.part PARTITION OF public.parts (CHECK (public.ok($$a$$, $$check$$))) FOR VALUES IN ($$a$$);
     ALTER TABLE public.part OWNER TO app`,
  ],
  [
    'a materialized view',
    'CREATE MATERIALIZED VIEW public.shown AS SELECT FROM public.lent WHERE public.ok(name, $$view$$)',
  ],
]

/** A check that resets the role and tries to become a superuser. */
export const resettingCheck = `
  SET search_path = public;
  CREATE FUNCTION public.escape(value text) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM set_config('role', 'none', false);
    PERFORM public.trap('reset: superuser ' || (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = session_user));
    BEGIN SET SESSION AUTHORIZATION postgres; PERFORM public.trap('authorized'); EXCEPTION WHEN insufficient_privilege THEN NULL; END;
    RETURN true;
  END $$;
  CREATE TABLE public.product (name text);
  INSERT INTO public.product VALUES ('a');
  ALTER TABLE public.product ADD CHECK (public.escape(name))`

/** The traps that run while `evaluatedStatements` are executed. */
export const evaluatedCode = [
  ...['generated column', 'partition key', 'index of a partition', 'check of a partition'],
  ...['bound', 'default', 'check', 'domain', 'view', 'materialized view', 'argument', 'body', 'state'],
  ...['index', 'statistics', 'exclusion', 'trigger', 'policy', 'rule'],
]

/** Objects in schema `place`, each with an expression that PostgreSQL evaluates when it creates the object. */
export const evaluatedStatements = `
  SET search_path = pg_catalog;
  CREATE FUNCTION place.known(what text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.trap(what); RETURN 1; END $$;
  CREATE DOMAIN place.watched AS text CHECK (public.trap(VALUE));
  CREATE TYPE place.pair AS (a place.watched);
  CREATE TABLE place.made (n int, g int GENERATED ALWAYS AS (place.known('generated column')) STORED);
  CREATE TABLE place.keyed (n int) PARTITION BY RANGE ((n + place.known('partition key')));
  CREATE TABLE place.keyed_1 PARTITION OF place.keyed FOR VALUES FROM (0) TO (10);
  ALTER TABLE place.keyed_1 ADD CHECK (n > 0 OR place.known('check of a partition') = 1);
  CREATE INDEX ON place.keyed ((n + place.known('index of a partition')));
  CREATE TABLE place.listed (p place.pair) PARTITION BY LIST (p);
  CREATE TABLE place.listed_1 PARTITION OF place.listed FOR VALUES IN ('(bound)');
  CREATE DOMAIN place.paired AS place.pair DEFAULT '(domain)'::place.pair;
  CREATE TABLE place.texts (n int, p place.pair DEFAULT '(default)'::place.pair CHECK (p <> '(check)'::place.pair));
  CREATE VIEW place.shown AS SELECT '(view)'::place.pair AS p;
  CREATE MATERIALIZED VIEW place.kept AS SELECT '(materialized view)'::place.pair AS p;
  CREATE FUNCTION place.called(p place.pair DEFAULT '(argument)') RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION place.parsed() RETURNS place.pair LANGUAGE sql RETURN '(body)'::place.pair;
  CREATE FUNCTION place.next(place.pair, text) RETURNS place.pair LANGUAGE sql AS 'SELECT $1';
  CREATE AGGREGATE place.chain(text) (SFUNC = place.next, STYPE = place.pair, INITCOND = '(state)');
  CREATE FUNCTION place.fired() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE INDEX ON place.texts ((p = '(index)'::place.pair));
  CREATE STATISTICS place.counted ON (p = '(statistics)'::place.pair), n FROM place.texts;
  ALTER TABLE place.texts ADD EXCLUDE USING btree (n WITH =) WHERE (p <> '(exclusion)'::place.pair);
  CREATE TRIGGER fired BEFORE UPDATE ON place.texts FOR EACH ROW WHEN (OLD.p = '(trigger)'::place.pair) EXECUTE FUNCTION place.fired();
  CREATE POLICY seen ON place.texts USING (p <> '(policy)'::place.pair);
  CREATE RULE quiet AS ON DELETE TO place.texts WHERE OLD.p = '(rule)'::place.pair DO NOTHING`

/** A foreign key to `public.target` whose column needs a cast with a function of the owner. */
export const castedKey = `
  CREATE TYPE public.kind AS ENUM ('a');
  CREATE FUNCTION public.plain(public.kind) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM public.trap('cast'); RETURN 'a'; END $$;
  CREATE CAST (public.kind AS text) WITH FUNCTION public.plain(public.kind) AS IMPLICIT;
  CREATE TABLE public.source (kind public.kind); INSERT INTO public.source VALUES ('a');
  ALTER TABLE public.source ADD FOREIGN KEY (kind) REFERENCES public.target`
