import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{d as $}from"./session-5ac82829.js";import{a as p,b as D,g as v,h as x,i as g}from"./pg-fa965756.js";import{o as R}from"./session-settings-41dd017c.js";import"./silent-sockets-a1be1f5b.js";import{b as C}from"./compare-fingerprints-4c42b193.js";import"./time-limits-23e86adf.js";import"./interruption-f8fc0465.js";import"./tool-failure-21162443.js";import{b as m}from"./failure-codes-of-databases-8f654ab9.js";import{a as o}from"./runtime-01ba4719.js";import{once as S}from"node:events";var me={80877103:"ssl",80877104:"gss",80877102:"cancel"};function M(e){let r=e.readUInt32BE(0);return r<8||r>1e4?`the first message has ${r} bytes`:r-8}o(M,"restLength");function k(e,r){let t=e.readUInt32BE(4),n=me[t];if(n==="cancel")return{kind:n};if(n)return r.length===0?{kind:n}:{kind:"invalid",reason:"the encryption request has a body"};if(t>>>16!==3)return{kind:"invalid",reason:`protocol version ${t>>>16}.${t&65535}`};let a=r.toString("latin1").split("\0"),s=a.length%2===0&&a.at(-1)===""&&a.at(-2)==="",i=a.slice(0,-2).filter((c,d)=>d%2===0);return!s||i.includes("")?{kind:"invalid",reason:"the startup message has an invalid list of parameters"}:{kind:"startup",minor:t&65535,parameters:i.map((c,d)=>[c,a[2*d+1]??""])}}o(k,"parseFirstMessage");function B({minor:e,parameters:r}){let t=Buffer.from(`${r.flat().join("\0")}\0\0`,"latin1"),n=Buffer.alloc(8);return n.writeUInt32BE(8+t.length,0),n.writeUInt32BE(3*65536+e,4),Buffer.concat([n,t])}o(B,"startupBytes");function F({parameters:e},r){let t=e.map(([a])=>a),n=t.find((a,s)=>t.indexOf(a)!==s);if(n!==void 0)return`the parameter ${O(n)} is given twice`;if(t.includes("replication"))return"replication connections are not permitted";for(let a of["user","database"]){let s=e.find(([i])=>i===a)?.[1];if(s!==Buffer.from(r[a]).toString("latin1"))return`the ${a} ${s===void 0?"is missing":`is ${O(s)}`}; only ${a} ${O(r[a])} is permitted`}}o(F,"reasonToRefuse");function O(e){return JSON.stringify(e.slice(0,80))}o(O,"shown");var ue=60,Ee=2;async function H(e,r,t){let n=new AbortController,a=setTimeout(()=>n.abort(),ue*1e3),s=o(()=>n.abort(),"closed");e.once("close",s);try{let i=await fe(e,r,n.signal),c=await t();return c.write(i),c}catch(i){throw i instanceof m&&await Ne(e,i),i}finally{clearTimeout(a),e.off("close",s)}}o(H,"admitClient");async function fe(e,r,t){let n=new Set;for(;;){let a=await W(e,8,t),s=M(a);if(typeof s=="string")throw h(s);let i=k(a,s===0?Buffer.alloc(0):await W(e,s,t));if(i.kind==="invalid")throw h(i.reason);if(i.kind==="cancel")throw h("cancel requests are not permitted");if(i.kind==="startup"){let c=F(i,r);if(c!==void 0)throw h(c);return B(i)}if(n.has(i.kind))throw h("encryption was declined already");n.add(i.kind),e.write("N")}}o(fe,"readStartup");async function W(e,r,t){for(;;){t.throwIfAborted();let n=e.read(r);if(n?.length===r)return n;if(n||e.readableEnded)throw h("the startup message ends early");await Promise.race([S(e,"readable",{signal:t}),S(e,"end",{signal:t})])}}o(W,"take");function h(e){return new m("rehearsal/connection-refused",`refused a connection of the rehearsed command: ${e}`,{hint:"Use DATABASE_URL or the PG variables that the command receives."})}o(h,"refused");async function Ne(e,{message:r}){let t=Buffer.from(`SFATAL\0VFATAL\0C28000\0M${r}\0\0`),n=Buffer.alloc(5);n.write("E"),n.writeUInt32BE(4+t.length,1),e.end(Buffer.concat([n,t])),e.resume(),await S(e,"close",{signal:AbortSignal.timeout(Ee*1e3)}).catch(()=>{})}o(Ne,"refuse");import{once as T}from"node:events";import{connect as P}from"node:net";import{Duplex as Ae}from"node:stream";import{connect as _e}from"node:tls";import{Transform as he}from"node:stream";var U=10,w=82;function q(){let e=Buffer.alloc(0);return new he({transform(r,t,n){if(!e)return n(null,r);for(e=Buffer.concat([e,r]);e&&e.length>=5&&e.length>e.readUInt32BE(1);){let a=1+e.readUInt32BE(1),s=e.subarray(0,a),i=e.subarray(a);e=s[0]===w?void 0:i,this.push(ye(s)),e||this.push(i)}n()},flush(r){e&&this.push(e),r()}})}o(q,"withoutChannelBinding");function ye(e){if(e[0]!==w||e.readUInt32BE(5)!==U)return e;let r=e.toString("latin1",9).split("\0").filter(a=>a!==""&&!a.endsWith("-PLUS")),t=Buffer.from([...r,"",""].join("\0"),"latin1"),n=Buffer.alloc(9);return n[0]=w,n.writeUInt32BE(8+t.length,1),n.writeUInt32BE(U,5),Buffer.concat([n,t])}o(ye,"plain");var Le=Buffer.from([0,0,0,8,4,210,22,47]);async function G(e){let{host:r,port:t,sslMode:n}=e,a=await J(r.startsWith("/")?P({path:`${r}/.s.PGSQL.${t}`}):P({host:e.hostAddress??r,port:t}),e);if(!b(e))return a;if(e.sslNegotiation==="direct")return j(a,e);a.write(Le);let s=await Promise.race([T(a,"data"),T(a,"close").then(()=>[])]);if(a.pause(),String(s[0])==="S")return j(a,e);if(String(s[0])==="N"&&n==="prefer")return a;throw a.destroy(),Y(e,"it does not support TLS, which sslmode requires")}o(G,"dialServer");function b({host:e,sslMode:r}){return!e.startsWith("/")&&r!=="disable"&&r!=="allow"}o(b,"mayUseTls");async function j(e,r){let t={socket:e,ALPNProtocols:["postgresql"],...await v(r)},n=await J(_e(t),r,"secureConnect"),a=n.pipe(q());return n.once("error",s=>a.destroy(s)),Ae.from({readable:a,writable:n})}o(j,"secured");async function J(e,r,t="connect"){try{return await T(e,t),e}catch(n){throw e.destroy(),Y(r,n.message,n)}}o(J,"opened");function Y({display:e},r,t){return new m("rehearsal/scratch-unreachable",`could not connect the rehearsed command to ${e}: ${r}`,{hint:"Check that the scratch server runs and accepts connections.",cause:t})}o(Y,"unreachable");var Re=["dblink","http","pg_net","pgsql_http","aws_s3","aws_lambda","pg_cron","oracle_fdw","mysql_fdw","pg_amqp"],Oe=`
  SELECT 'extension ' || extname AS way FROM pg_extension WHERE extname = ANY ($1)
   UNION ALL SELECT 'foreign server ' || srvname FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
   WHERE w.fdwname <> 'file_fdw'
   UNION ALL SELECT 'untrusted language ' || lanname FROM pg_language
   WHERE lanispl AND NOT lanpltrusted AND EXISTS (SELECT 1 FROM pg_proc WHERE prolang = pg_language.oid)
   ORDER BY 1`,Se=`
  SELECT 'membership in ' || r.rolname AS way FROM pg_roles r
   WHERE (r.rolsuper OR r.rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_create_subscription'))
     AND pg_has_role($1, r.oid, 'MEMBER')
   UNION ALL SELECT 'the foreign-data wrapper ' || fdwname FROM pg_foreign_data_wrapper
   WHERE fdwname <> 'file_fdw' AND has_foreign_data_wrapper_privilege($1, oid, 'USAGE')
   UNION ALL SELECT 'the attribute CREATEROLE' FROM pg_roles WHERE rolcreaterole AND pg_has_role($1, oid, 'MEMBER')
   ORDER BY 1`;async function V(e){let{rows:r}=await e.query(Oe,[Re]);z(r)}o(V,"requireNoEgress");async function X(e,r){let{rows:t}=await e.query(Se,[r]);z(t)}o(X,"requireNoRights");function z(e){if(e.length===0)return;let r=e.map(({way:t})=>t).join(", ");throw new m("rehearsal/server-can-leak",`the scratch server could send restored data to other servers: ${r}`,{hint:"Remove them from the scratch server. If you trust every branch, use --rehearsal-confinement none with a scratch server that cannot reach production."})}o(z,"refuse");import{setTimeout as be}from"node:timers/promises";var l="resguardo_rehearsal";function K(e){let r=p.escapeIdentifier(e);return`
  CREATE SCHEMA ${l} AUTHORIZATION ${r};
  CREATE TABLE ${l}.locks (relation pg_catalog.oid, mode pg_catalog.text);
  ALTER TABLE ${l}.locks OWNER TO ${r};
  CREATE FUNCTION ${l}.note_locks() RETURNS pg_catalog.event_trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    INSERT INTO ${l}.locks SELECT DISTINCT l.relation, l.mode FROM pg_catalog.pg_locks l
     WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted AND l.relation >= 16384
       AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database());
  END $$;
  ALTER FUNCTION ${l}.note_locks() OWNER TO ${r};
  REVOKE ALL ON FUNCTION ${l}.note_locks() FROM PUBLIC;
  CREATE EVENT TRIGGER resguardo_rehearsal_locks ON ddl_command_end EXECUTE FUNCTION ${l}.note_locks();
  CREATE EVENT TRIGGER resguardo_rehearsal_drops ON sql_drop EXECUTE FUNCTION ${l}.note_locks()`}o(K,"recordLocksSql");async function Z(e){return g(e,async r=>{let{rows:t}=await r.query(`SELECT relation::pg_catalog.int8 AS relation, pg_catalog.array_agg(DISTINCT mode) AS modes FROM ${l}.locks GROUP BY 1`);return new Map(t.map(({relation:n,modes:a})=>[Number(n),a]))})}o(Z,"readRecord");import{setTimeout as we}from"node:timers/promises";var Te=30,Q=.05;async function A({maintenance:e,database:r},t){await g(e,async n=>{for(let a=0;a<Te/Q;a+=1){let{rowCount:s}=await n.query(`SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
          WHERE usename = $1 AND datname = $2 AND pid <> pg_catalog.pg_backend_pid()`,[t,r]);if(s===0)return;await we(Q*1e3)}throw new m("rehearsal/sessions-stay","sessions of the rehearsed migration do not end on the scratch server",{hint:"Check pg_stat_activity on that server, or use a local scratch server."})})}o(A,"endSessions");var _=["AccessShareLock","RowShareLock","RowExclusiveLock","ShareUpdateExclusiveLock","ShareLock","ShareRowExclusiveLock","ExclusiveLock","AccessExclusiveLock"],Ie=_.length-1,ee=.05,Ce=`
  SELECT l.relation::int8 AS relation, l.mode, l.granted, l.virtualtransaction AS transaction, extract(epoch FROM clock_timestamp())::float8 AS at
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
   WHERE a.usename = $1 AND a.pid <> pg_backend_pid() AND l.locktype = 'relation' AND l.relation >= 16384
     AND l.database = (SELECT oid FROM pg_database WHERE datname = $2)`,De=`
  SELECT c.oid::int8 AS relation, n.nspname AS schema, c.relname AS table
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm') AND c.oid >= 16384 AND n.nspname <> $1`;async function te(e,r){let{maintenance:t,database:n,observer:a}=e,s=await g(a,async E=>{let{rows:N}=await E.query(De,[l]);return new Map(N.map(({relation:y,schema:pe,table:le})=>[Number(y),C(pe,le)]))}),i=await x(t),c=new I,d=new AbortController,f=ve(i,[r.user,n],c,d.signal);return f.catch(()=>{}),{stop:o(async()=>{if(d.abort(),await f.catch(E=>{throw D(E,t.display)}).finally(()=>i.end().catch(()=>{})),await A(e,r.user),r.made)for(let[E,N]of await Z(a))for(let y of N)c.note(E,y);return{locks:c.locks(s),samples:c.samples,every:ee,everyStatement:r.made}},"stop")}}o(te,"watchLocks");async function ve(e,r,t,n){for(;!n.aborted;){let{rows:a}=await e.query(Ce,[...r]);t.add(a),await be(ee*1e3,void 0,{signal:n}).catch(()=>{})}}o(ve,"look");var I=class{static{o(this,"LockSamples")}samples=0;#e=new Map;#r=new Map;#t=new Map;add(r){this.samples+=1;for(let{relation:t,mode:n,granted:a,transaction:s,at:i}of r){if(this.note(Number(t),n),n!==_[Ie]||!a)continue;let c=`${t} ${s}`,d=this.#r.get(c)??i;this.#r.set(c,d),this.#t.set(Number(t),Math.max(this.#t.get(Number(t))??0,i-d))}}note(r,t){this.#e.set(r,Math.max(this.#e.get(r)??-1,_.indexOf(t)))}locks(r){return[...this.#e].toSorted(([,t],[,n])=>n-t).flatMap(([t,n])=>{let a=r.get(t);if(a===void 0)return[];let s=Math.round((this.#t.get(t)??0)*1e3)/1e3;return[{table:a,mode:_[n]??"unknown",exclusiveSeconds:s}]})}};import{randomBytes as Me}from"node:crypto";var xe={O:"ENABLE",R:"ENABLE REPLICA",A:"ENABLE ALWAYS"};async function re(e,r){await e.query("BEGIN");try{let{rows:t}=await e.query("SELECT evtname AS name, evtenabled AS enabled FROM pg_catalog.pg_event_trigger WHERE evtenabled <> 'D'");for(let{name:a}of t)await e.query(`ALTER EVENT TRIGGER ${p.escapeIdentifier(a)} DISABLE`);let n=await r();for(let{name:a,enabled:s}of t)await e.query(`ALTER EVENT TRIGGER ${p.escapeIdentifier(a)} ${xe[s]??"ENABLE"}`);return await e.query("COMMIT"),n}catch(t){throw await e.query("ROLLBACK").catch(()=>{}),t}}o(re,"withoutEventTriggers");var $e=`
  WITH chosen AS (SELECT quote_ident($1) AS role),
  super AS (SELECT oid FROM pg_roles WHERE rolsuper),
  ours AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
  extended AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
  owners AS (
    SELECT DISTINCT refobjid AS oid FROM pg_shdepend
     WHERE refclassid = 'pg_authid'::regclass AND deptype = 'o' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
     UNION SELECT datdba FROM pg_database WHERE datname = current_database()
  )
  SELECT 1 AS turn, format('GRANT %I TO %s', rolname, role) AS statement FROM pg_roles JOIN owners USING (oid), chosen
   WHERE NOT rolsuper AND rolname <> $1 AND rolname !~ '^pg_'
  UNION ALL SELECT 1, format('ALTER DATABASE %I OWNER TO %s', current_database(), role) FROM chosen
  UNION ALL SELECT 2, format('ALTER SCHEMA %I OWNER TO %s', nspname, role) FROM pg_namespace n, chosen
   WHERE n.oid IN (TABLE ours) AND nspowner IN (TABLE super) AND (2615, n.oid) NOT IN (TABLE extended)
  UNION ALL SELECT 3, format('ALTER %s %s OWNER TO %s',
      CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END,
      c.oid::regclass, role) FROM pg_class c, chosen
   WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND relnamespace IN (TABLE ours) AND relowner IN (TABLE super)
     AND (1259, c.oid) NOT IN (TABLE extended)
     AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 1259 AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND c.relkind = 'S')
  UNION ALL SELECT 4, format('ALTER %s %s OWNER TO %s', CASE prokind WHEN 'a' THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
      format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), role)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace, chosen
   WHERE pronamespace IN (TABLE ours) AND proowner IN (TABLE super) AND (1255, p.oid) NOT IN (TABLE extended)
     AND prolang NOT IN (SELECT oid FROM pg_language WHERE NOT lanpltrusted)
  UNION ALL SELECT 4, format('ALTER %s %s OWNER TO %s', CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.oid::regtype, role)
    FROM pg_type t, chosen
   WHERE typtype IN ('e', 'd', 'r') AND typnamespace IN (TABLE ours) AND typowner IN (TABLE super) AND (1247, t.oid) NOT IN (TABLE extended)
  ORDER BY 1, 2`;async function ae(e,r){let{rows:t}=await e.query($e,[r]);return t.map(({statement:n})=>n)}o(ae,"ownershipStatements");var oe="resguardo rehearsal: safe to drop",ke=["resguardo_rehearsal_","resguardo_observer_"];async function se(e,r){return g(e,async t=>{let{rows:n}=await t.query("SELECT rolsuper AS super, rolname AS name FROM pg_catalog.pg_roles WHERE rolname = current_user"),[a]=n;if(!a?.super){let c={user:a?.name??"",password:e.password??""};return await r(t,c.user),{...c,made:!1,observer:c}}let[s,i]=ke.map(c=>We(c,e.database));for(let{user:c}of[s,i])await Fe(t,c);return await re(t,async()=>{await ne(t,s,"NOBYPASSRLS"),await ne(t,i,"BYPASSRLS");for(let c of await ae(t,s.user))await t.query(c);await t.query(`GRANT ${await Be(t,s)} TO ${p.escapeIdentifier(i.user)}`),await t.query(`GRANT CONNECT ON DATABASE ${p.escapeIdentifier(e.database)} TO ${p.escapeIdentifier(i.user)}`),await t.query(K(i.user)),await r(t,s.user)}),{...s,made:!0,observer:i}})}o(se,"makeLogin");async function ie(e,{user:r,made:t,observer:n}){t&&await g(e,async a=>{for(let s of[n.user,r])await a.query(`DROP ROLE IF EXISTS ${p.escapeIdentifier(s)}`)}).catch(()=>{})}o(ie,"removeLogin");async function ne(e,{user:r,password:t},n){let a=p.escapeIdentifier(r);await e.query(`CREATE ROLE ${a} LOGIN NOSUPERUSER INHERIT ${n} PASSWORD ${p.escapeLiteral(t)}`),await e.query(`COMMENT ON ROLE ${a} IS ${p.escapeLiteral(oe)}`)}o(ne,"createRole");async function Be(e,r){let{rowCount:t}=await e.query("SELECT FROM pg_catalog.pg_roles WHERE rolname = 'pg_read_all_data'");return t===0?p.escapeIdentifier(r.user):"pg_read_all_data"}o(Be,"readingRole");async function Fe(e,r){let{rows:t}=await e.query("SELECT pg_catalog.shobj_description(oid, 'pg_authid') AS comment FROM pg_catalog.pg_roles WHERE rolname = $1",[r]),[n]=t;if(n){if(n.comment!==oe)throw new m("rehearsal/role-exists",`a role named ${r} exists on the scratch server, and Resguardo did not create it`,{hint:"Drop the role if you do not need it, or choose another scratch database."});await e.query(`DROP ROLE ${p.escapeIdentifier(r)}`)}}o(Fe,"removeOld");function We(e,r){return{user:(e+r.replaceAll(/[^A-Za-z0-9_]/g,"_")).slice(0,63),password:Me(18).toString("base64url")}}o(We,"newRole");var u="n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', $1) AND n.nspname NOT LIKE 'pg\\_temp\\_%'",L=o((e,r)=>`NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${e}'::regclass AND d.objid = ${r} AND d.deptype IN ('e', 'i'))`,"own"),ce=`
  SELECT object, relation::int8 AS relation, of, md5(string_agg(definition, chr(10) ORDER BY definition COLLATE "C")) AS digest FROM (
    SELECT format('schema %I', n.nspname) AS object, NULL::oid AS relation, NULL::text AS of, '' AS definition FROM pg_namespace n WHERE ${u}
    UNION ALL
    SELECT format('column %I', a.attname), c.oid, format('%I.%I', n.nspname, c.relname),
           format('%s %s %s %s', format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attcollation)
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f') AND ${u}
    UNION ALL
    SELECT format('constraint %I', o.conname), c.oid, format('%I.%I', n.nspname, c.relname),
           format('%s %s', pg_get_constraintdef(o.oid), o.convalidated)
      FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE o.contype <> 'n' AND ${u}
    UNION ALL
    SELECT format('index %I', c.relname), r.oid, format('%I.%I', n.nspname, r.relname), format('%s %s', pg_get_indexdef(c.oid), i.indisvalid)
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class r ON r.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = r.relnamespace WHERE ${u}
    UNION ALL
    SELECT format('trigger %I', g.tgname), c.oid, format('%I.%I', n.nspname, c.relname), format('%s %s', pg_get_triggerdef(g.oid), g.tgenabled)
      FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT g.tgisinternal AND ${u}
    UNION ALL
    SELECT format('policy %I', y.polname), c.oid, format('%I.%I', n.nspname, c.relname), (to_jsonb(y) - 'oid')::text
      FROM pg_policy y JOIN pg_class c ON c.oid = y.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${u}
    UNION ALL
    SELECT format('sequence %I.%I', n.nspname, c.relname), o.refobjid, format('%I.%I', n.nspname, r.relname), ''
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.deptype = 'a' AND o.refclassid = 'pg_class'::regclass
      LEFT JOIN pg_class r ON r.oid = o.refobjid
     WHERE c.relkind = 'S' AND ${u} AND ${L("pg_class","c.oid")}
    UNION ALL
    SELECT format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, n.nspname, c.relname), NULL, NULL,
           pg_get_viewdef(c.oid)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('v', 'm') AND ${u} AND ${L("pg_class","c.oid")}
    UNION ALL
    SELECT format('function %I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), NULL, NULL,
           (to_jsonb(p) - 'oid' - 'proacl')::text
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${u} AND ${L("pg_proc","p.oid")}
    UNION ALL
    SELECT format('type %I.%I', n.nspname, t.typname), NULL, NULL,
           coalesce((SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), '')
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE t.typtype IN ('e', 'd', 'r') AND ${u} AND ${L("pg_type","t.oid")}
    UNION ALL
    SELECT format('extension %I', x.extname), NULL, NULL, x.extversion FROM pg_extension x
  ) all_objects GROUP BY 1, 2, 3`;var He=2,Ue=`
  SELECT c.oid::int8 AS identity, n.nspname AS schema, c.relname AS table, pg_total_relation_size(c.oid)::text AS bytes,
         format('%I.%I', n.nspname, c.relname) AS name,
         (SELECT jsonb_object_agg(attnum, attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', $1)
   ORDER BY 2, 3`;async function de(e,r){let{rows:t,bytes:n,objects:a}=await g(e,async i=>{let c=await i.query("SELECT pg_database_size(current_database())::text AS bytes"),d=await i.query(ce,[l]);return{rows:(await i.query(Ue,[l])).rows,bytes:Number(c.rows[0]?.bytes),objects:d.rows.map(({object:f,digest:E,relation:N,of:y})=>({object:f,digest:E,...N!==null&&{table:{identity:Number(N),name:y??""}}}))}}),s=await $(e,He,t,r,async(i,c)=>{let{schema:d,table:f,columns:E}=c;return{identity:Number(c.identity),schema:d,table:f,bytes:Number(c.bytes),columns:E??{},...await qe(i,c)}});return{bytes:n,tables:s,objects:a}}o(de,"measureDatabase");async function qe(e,{name:r,columns:t}){let n=Object.keys(t??{});try{let{rows:a}=await e.query({text:je(e,r,t??{}),rowMode:"array"}),[s,...i]=a[0]??[];return{rows:Number(s),values:Object.fromEntries(n.map((c,d)=>[c,i[d]??""]))}}catch(a){if(!Pe.has(a.code??""))throw a;let s=await e.query(`SELECT count(*) FROM ONLY ${r}`);return{rows:Number(s.rows[0]?.count)}}}o(qe,"readTable");var Pe=new Set(["54000","53200","54011","54001"]);function je(e,r,t){return`SELECT ${["count(*)",...Object.values(t).map(a=>{let s=e.escapeIdentifier(a);return`concat(sum(hashtextextended(concat(${s}) COLLATE "C", 0)), '/', count(${s}))`})].join(", ")} FROM ONLY ${r}`}o(je,"digestSql");async function cr({url:e,maintenanceUrl:r},{confined:t,signal:n}){let a=R(e),s=R(r),i=await se(a,async(d,f)=>{t&&(await V(d),await X(d,f))}),c={maintenance:s,database:a.database,observer:Ge(a,i.observer)};return{login:{user:i.user,password:i.password,database:a.database},notes:Je(i),tls:b(a),dial:o(d=>H(d,{user:i.user,database:a.database},()=>G(a)),"dial"),measure:o(()=>de(c.observer,n),"measure"),watchLocks:o(async()=>te(c,i),"watchLocks"),close:o(()=>A(c,i.user).catch(()=>{}),"close"),remove:o(()=>ie(s,i),"remove")}}o(cr,"openRehearsal");function Ge(e,{user:r,password:t}){return{...e,user:r,password:t}}o(Ge,"as");function Je(e){return e.made?[]:[`The migration ran as ${e.user}, the user of --scratch-url, with its rights on the whole scratch server, because that user is not a superuser.`]}o(Je,"notesOf");export{cr as openRehearsal};
