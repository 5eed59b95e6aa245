import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as d,b as c}from"./odd-names-04893d6b.js";import{a as n}from"./runtime-01ba4719.js";var b=`
  SELECT d.datname AS name, pg_get_userbyid(d.datdba) AS owner, pg_database_size(d.oid)::text AS bytes,
         pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype,
         to_jsonb(d) ->> 'datlocprovider' AS provider,
         coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale
    FROM pg_database d WHERE d.datname = current_database()`,g=n((e="")=>`
  SELECT DISTINCT r.rolname AS role FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
   WHERE s.refclassid = 'pg_authid'::regclass AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
     ${e}
   ORDER BY 1`,"rolesSql"),S=`
  SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY 1`,_={c:"libc",i:"icu",b:"builtin"};async function v(e){let{rows:t}=await e.query("SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number, (SELECT reset_val FROM pg_settings WHERE name = 'TimeZone') AS zone"),{rows:m}=await e.query(b),p=await y(e),{rows:u}=await e.query(S),[s]=t,[a]=m;if(!s||!a)throw new Error("the query for the version and the database returned no row");let i=await l(e),r=n(o=>a[o]??"","text");return{server:{engine:"postgresql",version:s.version.split(" ")[0]??s.version,major:Math.floor(Number(s.number)/1e4),timeZone:s.zone,...i===void 0?{}:{systemIdentifier:i}},database:{name:r("name"),owner:r("owner"),bytes:Number(r("bytes")),encoding:r("encoding"),collate:r("collate"),ctype:r("ctype"),provider:_[r("provider")]??"libc",...a.locale?{locale:a.locale}:{},roles:p.map(({role:o})=>o),extensions:u}}}n(v,"readFacts");async function y(e){try{return(await e.query(g())).rows}catch(t){if(!c(t))throw t;return(await e.query(g(`AND ${d("r.rolname")}`))).rows}}n(y,"readRoles");async function f(e){let t=await l(e);return t===void 0?[]:[t]}n(f,"serverIds");async function l(e){try{let{rows:t}=await e.query("SELECT system_identifier::text AS id FROM pg_control_system()");return t[0]?.id}catch{return}}n(l,"systemIdentifier");export{v as a,f as b,l as c};
