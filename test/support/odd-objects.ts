// SQL for kinds of objects other than tables. A restore in place must drop and recreate each.

export const oddObjects = `
  CREATE EXTENSION IF NOT EXISTS postgres_fdw;
  CREATE FUNCTION public.etf() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
  CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION public.etf();
  CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
  CREATE USER MAPPING FOR CURRENT_USER SERVER far;
  CREATE FOREIGN TABLE public.ft (a int) SERVER far;
  CREATE PUBLICATION pub FOR ALL TABLES;
  CREATE TYPE public.comp AS (a int, b text);
  CREATE DOMAIN public.dom AS int CHECK (value > 0);
  CREATE TYPE public.rng AS RANGE (subtype = float8);
  CREATE COLLATION public.coll FROM "C";
  CREATE OPERATOR public.=== (leftarg = int, rightarg = int, function = int4eq);
  CREATE FUNCTION public.c2i(public.comp) RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE CAST (public.comp AS int) WITH FUNCTION public.c2i(public.comp);
  CREATE TEXT SEARCH CONFIGURATION public.tsc (copy = english);
  CREATE TEXT SEARCH DICTIONARY public.tsd (template = simple);
  CREATE OPERATOR FAMILY public.of1 USING btree;
  CREATE CONVERSION public.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
  CREATE TABLE public.st (a int, b int);
  CREATE STATISTICS public.sts ON a, b FROM public.st;
  CREATE AGGREGATE public.cnt0(*) (sfunc = int8inc, stype = int8, initcond = '0');
  CREATE RULE r AS ON INSERT TO public.st DO ALSO NOTHING`
