import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as r}from"./runtime-01ba4719.js";var l=`
  SELECT d.datname AS name, pg_get_userbyid(d.datdba) AS owner, pg_database_size(d.oid)::text AS bytes,
         pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype,
         to_jsonb(d) ->> 'datlocprovider' AS provider,
         coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale
    FROM pg_database d WHERE d.datname = current_database()`,p=`
  SELECT DISTINCT r.rolname AS role FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
   WHERE s.refclassid = 'pg_authid'::regclass AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
   ORDER BY 1`,m=`
  SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY 1`,b={c:"libc",i:"icu",b:"builtin"};async function _(e){let{rows:a}=await e.query("SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number, (SELECT reset_val FROM pg_settings WHERE name = 'TimeZone') AS zone"),{rows:d}=await e.query(l),{rows:c}=await e.query(p),{rows:g}=await e.query(m),[s]=a,[n]=d;if(!s||!n)throw new Error("the server answered nothing about itself");let i=await u(e),t=r(o=>n[o]??"","text");return{server:{engine:"postgresql",version:s.version.split(" ")[0]??s.version,major:Math.floor(Number(s.number)/1e4),timeZone:s.zone,...i===void 0?{}:{systemIdentifier:i}},database:{name:t("name"),owner:t("owner"),bytes:Number(t("bytes")),encoding:t("encoding"),collate:t("collate"),ctype:t("ctype"),provider:b[t("provider")]??"libc",...n.locale?{locale:n.locale}:{},roles:c.map(({role:o})=>o),extensions:g}}}r(_,"readFacts");async function u(e){try{let{rows:a}=await e.query("SELECT system_identifier::text AS id FROM pg_control_system()");return a[0]?.id}catch{return}}r(u,"systemIdentifier");export{_ as a,u as b};
