// Reads what a database defines in addition to its tables: each object with a digest of its definition.

/** Only objects in schemas of the user, and not those of extensions, which CREATE EXTENSION creates. */
const users = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', $1) AND n.nspname NOT LIKE 'pg\\_temp\\_%'`
const own = (catalogue: string, oid: string) =>
  `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalogue}'::regclass AND d.objid = ${oid} AND d.deptype IN ('e', 'i'))`

/**
 * Returns `object`, `digest` and, if the object belongs to a table, `relation` with its name `of`. `$1` is the schema
 * to leave out. Reads only the catalog, so no code of the database runs.
 */
export const objectsSql = `
  SELECT object, relation::int8 AS relation, of, md5(string_agg(definition, chr(10) ORDER BY definition COLLATE "C")) AS digest FROM (
    SELECT format('schema %I', n.nspname) AS object, NULL::oid AS relation, NULL::text AS of, '' AS definition FROM pg_namespace n WHERE ${users}
    UNION ALL
    SELECT format('column %I', a.attname), c.oid, format('%I.%I', n.nspname, c.relname),
           format('%s %s %s %s', format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attcollation)
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f') AND ${users}
    UNION ALL
    SELECT format('constraint %I', o.conname), c.oid, format('%I.%I', n.nspname, c.relname),
           format('%s %s', pg_get_constraintdef(o.oid), o.convalidated)
      FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE o.contype <> 'n' AND ${users}
    UNION ALL
    SELECT format('index %I', c.relname), r.oid, format('%I.%I', n.nspname, r.relname), format('%s %s', pg_get_indexdef(c.oid), i.indisvalid)
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class r ON r.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = r.relnamespace WHERE ${users}
    UNION ALL
    SELECT format('trigger %I', g.tgname), c.oid, format('%I.%I', n.nspname, c.relname), format('%s %s', pg_get_triggerdef(g.oid), g.tgenabled)
      FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT g.tgisinternal AND ${users}
    UNION ALL
    SELECT format('policy %I', y.polname), c.oid, format('%I.%I', n.nspname, c.relname), (to_jsonb(y) - 'oid')::text
      FROM pg_policy y JOIN pg_class c ON c.oid = y.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${users}
    UNION ALL
    SELECT format('sequence %I.%I', n.nspname, c.relname), o.refobjid, format('%I.%I', n.nspname, r.relname), ''
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.deptype = 'a' AND o.refclassid = 'pg_class'::regclass
      LEFT JOIN pg_class r ON r.oid = o.refobjid
     WHERE c.relkind = 'S' AND ${users} AND ${own('pg_class', 'c.oid')}
    UNION ALL
    SELECT format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, n.nspname, c.relname), NULL, NULL,
           pg_get_viewdef(c.oid)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('v', 'm') AND ${users} AND ${own('pg_class', 'c.oid')}
    UNION ALL
    SELECT format('function %I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), NULL, NULL,
           (to_jsonb(p) - 'oid' - 'proacl')::text
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${users} AND ${own('pg_proc', 'p.oid')}
    UNION ALL
    SELECT format('type %I.%I', n.nspname, t.typname), NULL, NULL,
           coalesce((SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), '')
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE t.typtype IN ('e', 'd', 'r') AND ${users} AND ${own('pg_type', 't.oid')}
    UNION ALL
    SELECT format('extension %I', x.extname), NULL, NULL, x.extversion FROM pg_extension x
  ) all_objects GROUP BY 1, 2, 3`
