// SQL that shadows built-in functions, operators and catalogs with objects of the application.

/** Runs a statement and ignores errors. */
const attempt = `
  CREATE FUNCTION public.attempt(statement text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
  BEGIN EXECUTE statement; EXCEPTION WHEN OTHERS THEN NULL; END $$`

const ordinary = (type: string): string =>
  `(SELECT t.typtype NOT IN ('p') FROM pg_catalog.pg_type t WHERE t.oid = ${type})`

/** Shadows every function of pg_catalog whose types allow it, in `schema`. Each calls the trap, then the original. */
const functions = (schema: string): string => `
  SELECT public.attempt(format(
    'CREATE FUNCTION ${schema}.%I(%s) RETURNS %s LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM public.trap(%L); RETURN pg_catalog.%I(%s); END $f$',
    p.proname, array_to_string(ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t), ', '), format_type(p.prorettype, NULL),
    'function ' || p.proname, p.proname, array_to_string(ARRAY(SELECT '$' || g FROM generate_series(1, p.pronargs) g), ', ')))
    FROM pg_catalog.pg_proc p
   WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND NOT p.proretset AND p.provariadic = 0
     AND ${ordinary('p.prorettype')} AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) t WHERE NOT ${ordinary('t')})`

/**
 * Shadows every operator of pg_catalog, and adds operators for catalog types that pg_catalog resolves by a cast: an
 * exact match wins at any position in search_path.
 */
const operators = `
  SELECT public.attempt(format(
           'CREATE FUNCTION public.%I(%s, %s) RETURNS %s LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN PERFORM public.trap(%L); RETURN $1%s OPERATOR(pg_catalog.%s) $2%s; END $f$',
           f, l, r, result, 'operator ' || name, cast_to, name, cast_to)),
         public.attempt(format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.%I)', name, l, r, f))
    FROM (SELECT 'op' || o.oid AS f, o.oprname AS name, format_type(o.oprleft, NULL) AS l, format_type(o.oprright, NULL) AS r,
                 format_type(o.oprresult, NULL) AS result, '' AS cast_to
            FROM pg_catalog.pg_operator o WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprleft <> 0
          UNION ALL
          SELECT format('near %s %s %s', name, l, r), name, l, r, CASE name WHEN '||' THEN 'text' ELSE 'boolean' END, '::text'
            FROM unnest(ARRAY['=', '<>', '!~', '~', '||', '<', '>', '<=', '>=']) name,
                 unnest(ARRAY['name', 'oid', 'regclass', 'integer', '"char"', 'varchar', 'text']) l,
                 unnest(ARRAY['name', 'oid', 'regclass', 'integer', '"char"', 'varchar', 'text']) r) every_operator`

const variadic = ['name', 'text', 'name, name', 'text, text', 'name, text', 'text, name']
  .map(
    (types) => `
  CREATE FUNCTION public.format(text, ${types}) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN PERFORM public.trap('function format'); RETURN pg_catalog.format($1, ${types.split(', ').map((_, at) => `$${at + 2}`)}); END $$;`,
  )
  .join('')

const aggregates = `
  CREATE FUNCTION public.counted(bigint, anyelement) RETURNS bigint LANGUAGE plpgsql AS $$
  BEGIN PERFORM public.trap('aggregate count'); RETURN $1 OPERATOR(pg_catalog.+) 1; END $$;
  CREATE FUNCTION public.counted(bigint) RETURNS bigint LANGUAGE plpgsql AS $$
  BEGIN PERFORM public.trap('aggregate count'); RETURN $1 OPERATOR(pg_catalog.+) 1; END $$;
  CREATE AGGREGATE public.count(*) (SFUNC = public.counted, STYPE = bigint, INITCOND = '0');
  CREATE AGGREGATE public.count(anyelement) (SFUNC = public.counted, STYPE = bigint, INITCOND = '0');
  CREATE FUNCTION public.collected(anyarray, anyelement) RETURNS anyarray LANGUAGE plpgsql AS $$
  BEGIN PERFORM public.trap('aggregate array_agg'); RETURN pg_catalog.array_append($1, $2); END $$;
  CREATE AGGREGATE public.array_agg(anyelement) (SFUNC = public.collected, STYPE = anyarray, INITCOND = '{}')`

const views = (schema: string): string => `
  SELECT public.attempt(format('CREATE VIEW ${schema}.%I AS SELECT * FROM pg_catalog.%I WHERE public.trap(%L)', relname, relname, 'view ' || relname))
    FROM pg_catalog.pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')`

/** Statements for the owner of the database; they need `public.trap(text)`. `user` is the role to attack. */
export const shadowStatements = (user: string): readonly string[] => [
  attempt,
  `CREATE SCHEMA IF NOT EXISTS "${user}"`,
  functions('public'),
  operators,
  variadic,
  aggregates,
  views('public'),
  views(`"${user}"`),
]

/** Shadows only a few names: quick to dump and restore. */
export const fewShadowStatements = (user: string): readonly string[] => [
  `CREATE SCHEMA IF NOT EXISTS "${user}"`,
  ...['name, name', 'varchar, varchar', 'oid, integer'].map(
    (types, at) => `
  CREATE FUNCTION public.differs${at}(${types}) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
  BEGIN PERFORM public.trap('operator'); RETURN $1::text OPERATOR(pg_catalog.!~) $2::text; END $$;
  CREATE FUNCTION public.equals${at}(${types}) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
  BEGIN PERFORM public.trap('operator'); RETURN $1::text OPERATOR(pg_catalog.=) $2::text; END $$;
  CREATE OPERATOR public.!~ (LEFTARG = ${types.split(', ')[0]}, RIGHTARG = ${types.split(', ')[1]}, FUNCTION = public.differs${at});
  CREATE OPERATOR public.= (LEFTARG = ${types.split(', ')[0]}, RIGHTARG = ${types.split(', ')[1]}, FUNCTION = public.equals${at})`,
  ),
  variadic,
  aggregates,
  `CREATE VIEW public.pg_class AS SELECT * FROM pg_catalog.pg_class WHERE public.trap('view pg_class')`,
  `CREATE VIEW "${user}".pg_namespace AS SELECT * FROM pg_catalog.pg_namespace WHERE public.trap('view pg_namespace')`,
]
