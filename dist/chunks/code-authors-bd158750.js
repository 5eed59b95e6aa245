import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{d as S,e as N,f as R,g as y}from"./leftover-logins-22056706.js";import{a,i as l}from"./pg-fa965756.js";import{e as A}from"./session-settings-41dd017c.js";import{b as p}from"./failure-codes-of-databases-8f654ab9.js";import{a as i}from"./runtime-01ba4719.js";var I=`
  WITH RECURSIVE touched AS (
    SELECT o.oid FROM unnest($1::oid[]) AS o(oid)
    UNION SELECT p.relid::oid FROM unnest($1::oid[]) AS o(oid) CROSS JOIN LATERAL pg_partition_tree(o.oid) AS p
  ), reached(classid, objid) AS (
    SELECT 'pg_class'::regclass::oid, t.oid FROM touched AS t
    UNION SELECT 'pg_proc'::regclass::oid, e.evtfoid FROM pg_event_trigger AS e WHERE e.evtenabled <> 'D'
    UNION SELECT f.classid, f.objid FROM reached AS r CROSS JOIN LATERAL (
      SELECT d.refclassid AS classid, d.refobjid AS objid FROM pg_depend AS d
       WHERE d.classid = r.classid AND d.objid = r.objid AND d.deptype IN ('n', 'a', 'i') AND d.refclassid <> 'pg_namespace'::regclass
         AND NOT (d.classid = 'pg_constraint'::regclass AND d.refclassid = 'pg_class'::regclass)
      UNION ALL
      SELECT d.classid, d.objid FROM pg_depend AS d
       WHERE d.refclassid = r.classid AND d.refobjid = r.objid
         AND (d.deptype IN ('a', 'i', 'P', 'S') OR d.classid = 'pg_cast'::regclass)
         AND NOT ($2 AND d.classid = 'pg_trigger'::regclass AND r.objid = ANY (SELECT t.oid FROM touched AS t))
      UNION ALL
      SELECT 'pg_class'::regclass::oid, k.conrelid FROM pg_depend AS d JOIN pg_constraint AS k ON k.oid = d.objid
       WHERE r.classid = 'pg_class'::regclass AND d.refclassid = r.classid AND d.refobjid = r.objid
         AND d.classid = 'pg_constraint'::regclass AND k.contype = 'f' AND k.confrelid = r.objid
         AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))
    ) AS f
  )
  SELECT DISTINCT u.rolname::text AS author
    FROM reached AS r
    LEFT JOIN pg_proc AS p ON r.classid = 'pg_proc'::regclass AND p.oid = r.objid
    LEFT JOIN pg_type AS t ON r.classid = 'pg_type'::regclass AND t.oid = r.objid AND t.typtype = 'd'
    JOIN pg_roles AS u ON u.oid IN (p.proowner, t.typowner)
   WHERE NOT u.rolsuper ORDER BY 1`;async function H(r,s,o=!1){let{rows:e}=await r.query(I,[s,o]);return e.map(({author:n})=>n)}i(H,"authorsOf");async function W(r,s,o){let{rows:e}=await r.query(`SELECT a.author FROM unnest($1::text[]) AS a(author) JOIN pg_roles AS u ON u.rolname = a.author
      WHERE EXISTS (SELECT FROM unnest($2::text[]) AS r(role) WHERE NOT pg_has_role(a.author::name, r.role::name, 'USAGE'))`,[s,o]);return e.map(({author:n})=>n)}i(W,"authorsWithout");async function k(r,s){let{rows:o}=await r.query(`SELECT DISTINCT c.oid::regclass::text AS name FROM pg_class AS c CROSS JOIN unnest($1::text[]) AS r(role)
      WHERE c.relrowsecurity
        AND NOT EXISTS (SELECT FROM unnest($1::text[]) AS o(role) WHERE pg_has_role(o.role::name, c.relowner, 'USAGE'))
        AND (has_any_column_privilege(r.role::name, c.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege(r.role::name, c.oid, 'DELETE'))
      ORDER BY 1`,[s]);return o.map(({name:e})=>e)}i(k,"tablesWithPolicies");function B(r,s,o,e){return new p(r,`code of ${s.join(", ")} would run with ${o}`,{hint:e})}i(B,"lacksRights");import{randomBytes as m}from"node:crypto";import{createHash as w,createHmac as C,pbkdf2Sync as _,randomBytes as $}from"node:crypto";var L=4096;function O(r,s=$(16)){let o=_(r,s,L,32,"sha256"),e=i(t=>C("sha256",o).update(t).digest(),"keyed"),n=w("sha256").update(e("Client Key")).digest("base64"),d=e("Server Key").toString("base64");return`SCRAM-SHA-256$${L}:${s.toString("base64")}$${n}:${d}`}i(O,"scramVerifier");var D="15 minutes",b=4*6e4;async function se(r,s,o=F){if(s.length===0)return{addresses:[],close:i(async()=>{},"close")};let e=await M(r,s),n=setInterval(()=>{P(r,e).catch(()=>{})},b).unref(),d=i(async()=>{clearInterval(n),await x(r,e)},"close");try{let t=[];for(let c of e)t.push(await v(r,c,o));return await l(r,async c=>{for(let{user:g,single:E}of e)E&&await c.query(`ALTER ROLE ${a.escapeIdentifier(g)} CONNECTION LIMIT 1`)}),{addresses:t,close:d}}catch(t){throw await d(),t}}i(se,"openLogins");var F={code:"restore/owner-login",hint:"Connect as the owner, permit password logins in pg_hba.conf, or use --code-as-superuser if you trust the authors of the database."};async function M(r,s){let o=s.map(e=>({...e,user:`${N}${m(6).toString("hex")}`,password:m(24).toString("base64url")}));return await l(r,async e=>{await y(e);let n=await T(e),{rowCount:d}=await e.query("SELECT FROM pg_settings WHERE name = 'event_triggers'");await e.query("BEGIN");for(let t of o){for(let c of j(t,r,n))await e.query(c);d&&await e.query(`ALTER ROLE ${a.escapeIdentifier(t.user)} SET event_triggers = off`)}await e.query("COMMIT")}),o}i(M,"makeLogins");async function T(r){let{rows:s}=await r.query("SELECT (now() + $1::interval)::text AS end",[D]);return s[0]?.end??""}i(T,"endOfValidity");async function P(r,s){await l(r,async o=>{let e=a.escapeLiteral(await T(o));for(let{user:n}of s)await o.query(`ALTER ROLE ${a.escapeIdentifier(n)} VALID UNTIL ${e}`)})}i(P,"prolong");function j({roles:r,user:s,password:o,bypassesPolicies:e},{database:n},d){let t=a.escapeIdentifier(s);return[`CREATE ROLE ${t} LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION ${e?"BYPASSRLS":"NOBYPASSRLS"}
       PASSWORD ${a.escapeLiteral(O(o))} VALID UNTIL ${a.escapeLiteral(d)}
       IN ROLE ${r.map(a.escapeIdentifier).join(", ")}`,`COMMENT ON ROLE ${t} IS ${a.escapeLiteral(S)}`,...A.map(c=>`ALTER ROLE ${t} SET ${c} = off`),`GRANT CONNECT, TEMPORARY ON DATABASE ${a.escapeIdentifier(n)} TO ${t}`]}i(j,"making");async function v(r,{roles:s,user:o,password:e},{code:n,hint:d}){let t={...r,user:o,password:e,options:void 0,sslCert:void 0,sslKey:void 0},c=r.host.startsWith("/")?[t,{...t,host:"127.0.0.1",sslMode:"prefer"}]:[t],g;for(let f of c)try{return await l(f,u=>u.query("SELECT")),f}catch(u){g=u}let h=`could not log in to run database code with the rights of ${s.join(", ")}: ${g.message}`;throw new p(n,h,{hint:d,cause:g})}i(v,"reachable");async function x(r,s){await l(r,async o=>{for(let{user:e,roles:n}of s)await R(o,e,n).catch(()=>{})}).catch(()=>{})}i(x,"dropLogins");export{H as a,W as b,k as c,B as d,se as e};
