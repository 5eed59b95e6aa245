import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as n}from"./runtime-01ba4719.js";var p=`
  WITH RECURSIVE wanted AS (
    SELECT c.oid AS of, c.oid FROM unnest($1::text[], $2::text[]) AS w(schema, name)
      JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    UNION SELECT w.of, i.inhrelid FROM wanted AS w JOIN pg_inherits i ON i.inhparent = w.oid
  ), reached(of, classid, objid) AS (
    SELECT w.of, 'pg_class'::regclass::oid, i.indexrelid FROM wanted AS w JOIN pg_index i ON i.indrelid = w.oid
     WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
    UNION SELECT w.of, 'pg_statistic_ext'::regclass::oid, x.oid FROM wanted AS w JOIN pg_statistic_ext x ON x.stxrelid = w.oid
    UNION SELECT w.of, d.refclassid, d.refobjid FROM wanted AS w JOIN pg_partitioned_table p ON p.partrelid = w.oid
      JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = w.oid AND d.refclassid <> 'pg_class'::regclass
    UNION SELECT r.of, d.refclassid, d.refobjid FROM reached AS r JOIN pg_depend d ON d.classid = r.classid AND d.objid = r.objid
     WHERE d.deptype IN ('n', 'a', 'i') AND d.refclassid NOT IN ('pg_class'::regclass, 'pg_namespace'::regclass)
  )
  SELECT DISTINCT ON (1, 2, 4) n.nspname::text AS schema, c.relname::text AS "table",
         format('%I.%I', pn.nspname, p.proname) AS function, a.rolname::text AS author
    FROM reached AS r JOIN pg_proc p ON r.classid = 'pg_proc'::regclass AND p.oid = r.objid
    JOIN pg_namespace pn ON pn.oid = p.pronamespace JOIN pg_roles a ON a.oid = p.proowner
    JOIN pg_class c ON c.oid = r.of JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT a.rolsuper AND NOT (pg_has_role(a.oid, current_user, 'USAGE') AND pg_has_role(a.oid, session_user, 'USAGE'))
   ORDER BY 1, 2, 4, 3`;async function c(a,e){let{rows:i}=await a.query(p,[...r(e)]);return i.map(({schema:s,table:d,function:o,author:t})=>({table:{schema:s,table:d},function:o,author:t}))}n(c,"plannedCodeOf");async function N(a,e){let{rows:i}=await a.query(`
  WITH RECURSIVE wanted AS (
    SELECT c.oid AS of, c.oid FROM unnest($1::text[], $2::text[]) AS w(schema, name)
      JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    UNION SELECT w.of, i.inhrelid FROM wanted AS w JOIN pg_inherits i ON i.inhparent = w.oid
  )
  SELECT DISTINCT oid::text AS oid FROM wanted`,[...r(e)]);return i.map(({oid:s})=>s)}n(N,"withPartitions");function r(a){return[a.map(({schema:e})=>e),a.map(({table:e})=>e)]}n(r,"namesOf");export{c as a,N as b};
