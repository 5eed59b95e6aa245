import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{c as A,d as S,e as y,f as R}from"./leftover-logins-65c5363e.js";import{a,h as l}from"./pg-63825e72.js";import{b as p}from"./failure-codes-aa2bbb4e.js";import{a as t}from"./runtime-01ba4719.js";var T=`
  WITH RECURSIVE touched AS (
    SELECT o.oid FROM unnest($1::oid[]) AS o(oid)
    UNION SELECT p.relid::oid FROM unnest($1::oid[]) AS o(oid) CROSS JOIN LATERAL pg_partition_tree(o.oid) AS p
  ), reached(classid, objid) AS (
    SELECT 'pg_class'::regclass::oid, t.oid FROM touched AS t
    UNION SELECT 'pg_proc'::regclass::oid, e.evtfoid FROM pg_event_trigger AS e WHERE e.evtenabled <> 'D'
    UNION SELECT f.classid, f.objid FROM reached AS r CROSS JOIN LATERAL (
      SELECT d.refclassid AS classid, d.refobjid AS objid FROM pg_depend AS d
       WHERE d.classid = r.classid AND d.objid = r.objid AND d.deptype IN ('n', 'a', 'i')
         AND NOT (d.classid = 'pg_constraint'::regclass AND d.refclassid = 'pg_class'::regclass)
      UNION ALL
      SELECT d.classid, d.objid FROM pg_depend AS d
       WHERE d.refclassid = r.classid AND d.refobjid = r.objid
         AND (d.deptype IN ('a', 'i', 'P', 'S') OR d.classid = 'pg_cast'::regclass)
         AND NOT ($2 AND d.classid = 'pg_trigger'::regclass AND r.objid = ANY (SELECT t.oid FROM touched AS t))
      UNION ALL
      SELECT 'pg_class'::regclass::oid, k.conrelid FROM pg_constraint AS k
       WHERE r.classid = 'pg_class'::regclass AND k.contype = 'f' AND k.confrelid = r.objid
         AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))
    ) AS f
  )
  SELECT DISTINCT u.rolname::text AS author
    FROM reached AS r
    LEFT JOIN pg_proc AS p ON r.classid = 'pg_proc'::regclass AND p.oid = r.objid
    LEFT JOIN pg_type AS t ON r.classid = 'pg_type'::regclass AND t.oid = r.objid AND t.typtype = 'd'
    JOIN pg_roles AS u ON u.oid IN (p.proowner, t.typowner)
   WHERE NOT u.rolsuper ORDER BY 1`;async function q(r,o,s=!1){let{rows:e}=await r.query(T,[o,s]);return e.map(({author:n})=>n)}t(q,"authorsOf");async function H(r,o,s){let{rows:e}=await r.query(`SELECT a.author FROM unnest($1::text[]) AS a(author) JOIN pg_roles AS u ON u.rolname = a.author
      WHERE EXISTS (SELECT FROM unnest($2::text[]) AS r(role) WHERE NOT pg_has_role(a.author::name, r.role::name, 'USAGE'))`,[o,s]);return e.map(({author:n})=>n)}t(H,"authorsWithout");async function W(r,o){let{rows:s}=await r.query(`SELECT DISTINCT c.oid::regclass::text AS name FROM pg_class AS c CROSS JOIN unnest($1::text[]) AS r(role)
      WHERE c.relrowsecurity
        AND NOT EXISTS (SELECT FROM unnest($1::text[]) AS o(role) WHERE pg_has_role(o.role::name, c.relowner, 'USAGE'))
        AND (has_any_column_privilege(r.role::name, c.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege(r.role::name, c.oid, 'DELETE'))
      ORDER BY 1`,[o]);return s.map(({name:e})=>e)}t(W,"tablesWithPolicies");function B(r,o,s,e){return new p(r,`code of ${o.join(", ")} would run with ${s}`,{hint:e})}t(B,"lacksRights");import{randomBytes as O}from"node:crypto";import{createHash as w,createHmac as I,pbkdf2Sync as C,randomBytes as _}from"node:crypto";var L=4096;function N(r,o=_(16)){let s=C(r,o,L,32,"sha256"),e=t(i=>I("sha256",s).update(i).digest(),"keyed"),n=w("sha256").update(e("Client Key")).digest("base64"),d=e("Server Key").toString("base64");return`SCRAM-SHA-256$${L}:${o.toString("base64")}$${n}:${d}`}t(N,"scramVerifier");var $="15 minutes",D=4*6e4;async function ee(r,o,s=b){if(o.length===0)return{addresses:[],close:t(async()=>{},"close")};let e=await F(r,o),n=setInterval(()=>{M(r,e).catch(()=>{})},D).unref(),d=t(async()=>{clearInterval(n),await v(r,e)},"close");try{let i=[];for(let c of e)i.push(await x(r,c,s));return await l(r,async c=>{for(let{user:g,single:E}of e)E&&await c.query(`ALTER ROLE ${a.escapeIdentifier(g)} CONNECTION LIMIT 1`)}),{addresses:i,close:d}}catch(i){throw await d(),i}}t(ee,"openLogins");var b={code:"restore/owner-login",hint:"Connect as the owner, permit password logins in pg_hba.conf, or use --code-as-superuser if you trust the authors of the database."};async function F(r,o){let s=o.map(e=>({...e,user:`${S}${O(6).toString("hex")}`,password:O(24).toString("base64url")}));return await l(r,async e=>{await R(e);let n=await m(e),{rowCount:d}=await e.query("SELECT FROM pg_settings WHERE name = 'event_triggers'");await e.query("BEGIN");for(let i of s){for(let c of P(i,r,n))await e.query(c);d&&await e.query(`ALTER ROLE ${a.escapeIdentifier(i.user)} SET event_triggers = off`)}await e.query("COMMIT")}),s}t(F,"makeLogins");async function m(r){let{rows:o}=await r.query("SELECT (now() + $1::interval)::text AS end",[$]);return o[0]?.end??""}t(m,"endOfValidity");async function M(r,o){await l(r,async s=>{let e=a.escapeLiteral(await m(s));for(let{user:n}of o)await s.query(`ALTER ROLE ${a.escapeIdentifier(n)} VALID UNTIL ${e}`)})}t(M,"prolong");function P({roles:r,user:o,password:s,bypassesPolicies:e},{database:n},d){let i=a.escapeIdentifier(o);return[`CREATE ROLE ${i} LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION ${e?"BYPASSRLS":"NOBYPASSRLS"}
       PASSWORD ${a.escapeLiteral(N(s))} VALID UNTIL ${a.escapeLiteral(d)}
       IN ROLE ${r.map(a.escapeIdentifier).join(", ")}`,`COMMENT ON ROLE ${i} IS ${a.escapeLiteral(A)}`,`GRANT CONNECT, TEMPORARY ON DATABASE ${a.escapeIdentifier(n)} TO ${i}`]}t(P,"making");async function x(r,{roles:o,user:s,password:e},{code:n,hint:d}){let i={...r,user:s,password:e,options:void 0,sslCert:void 0,sslKey:void 0},c=r.host.startsWith("/")?[i,{...i,host:"127.0.0.1",sslMode:"prefer"}]:[i],g;for(let f of c)try{return await l(f,u=>u.query("SELECT")),f}catch(u){g=u}let h=`could not log in with the rights of ${o.join(", ")}, with which code of the database must run: ${g.message}`;throw new p(n,h,{hint:d,cause:g})}t(x,"reachable");async function v(r,o){await l(r,async s=>{for(let{user:e,roles:n}of o)await y(s,e,n).catch(()=>{})}).catch(()=>{})}t(v,"dropLogins");export{q as a,H as b,W as c,B as d,ee as e};
