import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{e as N}from"./ownership-sql-6d2e0b25.js";import{m as g}from"./pg-copy-streams-5aade3ae.js";import{c as t}from"./map-617bf9f2.js";import{a as s}from"./runtime-01ba4719.js";var O=8<<20,f=`
  SELECT f.conname AS "foreignKey",
         json_build_object('schema', tn.nspname, 'table', tc.relname) AS target,
         json_build_object('schema', ln.nspname, 'table', lc.relname) AS referring,
         json_build_object('schema', rn.nspname, 'table', rc.relname) AS root,
         pg_relation_size(lc.oid)::float8 AS bytes,
         (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY k(attnum, place)
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum) AS columns,
         coalesce((SELECT json_agg((SELECT json_agg(coalesce(a.attname, '') ORDER BY k.place)
                                      FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, place)
                                      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND a.attnum > 0
                                     WHERE k.place <= i.indnkeyatts))
                     FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
                    WHERE i.indrelid = lc.oid AND i.indisvalid AND i.indpred IS NULL AND am.amname IN ('btree', 'hash')), '[]') AS indexes
    FROM pg_constraint f JOIN pg_class tc ON tc.oid = f.confrelid JOIN pg_namespace tn ON tn.oid = tc.relnamespace
    JOIN pg_class rc ON rc.oid = f.conrelid JOIN pg_namespace rn ON rn.oid = rc.relnamespace,
         LATERAL (SELECT rc.oid WHERE rc.relkind = 'r' UNION SELECT p.relid FROM pg_partition_tree(rc.oid) p WHERE p.isleaf) leaf(oid)
    JOIN pg_class lc ON lc.oid = leaf.oid JOIN pg_namespace ln ON ln.oid = lc.relnamespace
   WHERE f.contype = 'f' AND f.conparentid = 0 AND pg_relation_size(lc.oid) >= $1
   ORDER BY 5 DESC, ln.nspname, lc.relname, f.conname`;async function y(n,a){let l=new Set(a.map(t)),{rows:i}=await n.query(f,[O]),c=new Map(a.map(e=>[t(e),u(e)]));return i.filter(({target:e,root:d,columns:r,indexes:p})=>{let o=c.get(t(d));return l.has(t(e))&&!p.some(m=>E(m,r,o))}).map(({foreignKey:e,target:d,referring:r,bytes:p,columns:o})=>{let m=`CREATE INDEX CONCURRENTLY ON ${g(r)} (${o.map(N).join(", ")})`;return{foreignKey:e,target:d,referring:r,bytes:p,columns:o,statement:m}})}s(y,"missingIndexes");function E(n,a,l){let[i=""]=n;if(!a.includes(i))return!1;let c=new Set(n.slice(0,a.length));return a.every(e=>c.has(e))||i!==l}s(E,"isUsable");function u({ownership:n}){return n.kind==="column"?n.column:void 0}s(u,"columnOf");export{y as a};
