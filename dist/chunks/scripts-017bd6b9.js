import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as O}from"./methods-35f42067.js";import{b as F,c as M,d as x}from"./leftovers-76d269bb.js";import{a as w,c as y}from"./read-tool-31b58638.js";import{c as h}from"./child-5487d949.js";import{b as u,c as $}from"./failure-codes-of-databases-8f654ab9.js";import{a as n}from"./runtime-01ba4719.js";import{existsSync as Se}from"node:fs";import{lstat as Q}from"node:fs/promises";import{basename as Z,join as Y}from"node:path";import{totalmem as _}from"node:os";var ce=.75;function P(){let e=process.constrainedMemory(),o=e>0?Math.min(e,_()):_();return Math.floor(o*ce)}n(P,"memoryLimit");function L(){return["prlimit",`--as=${P()}`,"--nproc=1024","--core=0","--"]}n(L,"limited");var le=[[/sudo: /,"sudo refused the command"],[/unshare: .*(failed|not permitted|denied)/i,"this machine does not permit new namespaces"],[/mount: |pivot_root: /,"this machine does not permit mounts in a new namespace"],[/not found|No such file/i,"a program that the sandbox needs is missing (util-linux)"]];function v(e,o){return new u("drill/server-failed",`${e} does not exist: the server has not created its socket`,{hint:"Correct the cause in the log of the scratch server, or use your own server with --scratch-url.",cause:o})}n(v,"noSocket");function R(e,o){let[r]=/the sandbox user cannot run .+/.exec(e)??[];if(r!==void 0)return new u("sandbox/not-started",r);let t=e.trim().split(`
`).slice(-3).join(" \xB7 "),s=le.find(([i])=>i.test(e))?.[1]??`the set-up of the sandbox ${o}`;return new u("sandbox/not-started",s,t===""?{}:{hint:`The programs printed: ${t}`})}n(R,"notStarted");import{chmod as me,mkdir as ue,writeFile as pe}from"node:fs/promises";import{join as p}from"node:path";var fe=80;async function S(e){let o=await F(e.temporary,e.prefix).catch(i=>{throw he(e.temporary,i)}),t=Buffer.byteLength(o)>fe?await F("/tmp",e.prefix):o,s={folder:o,socketFolder:t,work:p(o,"work"),shared:p(o,"shared"),temporary:p(o,"tmp"),root:p(o,"root"),sockets:p(t,"sockets"),published:p(t,"published")};await g(s.work,448),await g(s.sockets,493),await g(s.shared,493),await g(s.published,493),await g(s.root,493),await g(s.temporary,1023);for(let[i,a]of Object.entries(e.files??{}))await pe(p(s.work,i),a,{mode:384});return s}n(S,"makeSandboxFolder");function he(e,o){return new u("disk/not-writable",`could not create a folder in ${e}: ${o.message}`,{hint:"Make the folder writable, or name another one with --temporary.",cause:o})}n(he,"notWritable");async function g(e,o){await ue(e,{mode:448}),await me(e,o)}n(g,"makeOpen");var j=`
if [ -n "\${BASH_VERSION-}" ]; then
  for descriptor in /proc/self/fd/*; do
    descriptor=\${descriptor##*/}
    if [ "$descriptor" -gt 2 ]; then eval "exec $descriptor>&-"; fi
  done
else
  exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
fi
`,A=`
${j}
folder=$1 sockets=$2 memory=$3 group_wanted=$4 groups=
shift 4
name=\${folder##*/}
if [ "$group_wanted" = yes ]; then
  for parent in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids; do
    group=$parent/$name
    [ -f "$parent/cgroup.procs" ] && mkdir "$group" 2>/dev/null || continue
    groups="$groups $group"
    [ -f "$group/memory.max" ] && { echo "$memory" >"$group/memory.max"; echo 0 >"$group/memory.swap.max"; }
    [ -f "$group/memory.limit_in_bytes" ] && echo "$memory" >"$group/memory.limit_in_bytes"
    [ -f "$group/pids.max" ] && echo 1024 >"$group/pids.max"
  done 2>/dev/null
fi
"$@"
code=$?
for group in $groups; do
  for wait in 0 0.1 0.4; do rmdir "$group" 2>/dev/null && break; sleep $wait; done
done
rm -rf -- "$folder" "$sockets"
exit $code
`,E=`
for group in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids; do
  if [ -d "$group/$name" ]; then echo 0 >"$group/$name/cgroup.procs" || :; fi
done 2>/dev/null
{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null || :
`,U=`
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022
name=$1 root=$2 user=$3 name_id=$4 tmp=$5
shift 5
read -r outside rest </proc/self/stat
${E}
mount -t tmpfs -o mode=0755,size=16m,nosuid,nodev tmpfs "$root"
cd "$root"
mkdir -p dev/shm proc tmp etc old
writable() {
  mount --bind -o nosuid,nodev "$1" "$2" 2>/dev/null && return
  mount --bind "$1" "$2"
  mount -o "remount,bind,$(findmnt -nro VFS-OPTIONS --mountpoint "$2" | tail -n 1),nosuid,nodev" "$2"
}
# Where flags are locked, as in a user namespace, they must be given again; and a mount below is made read-only for itself.
show() {
  if mount --rbind -o ro,nosuid "$1" "$2" 2>/dev/null; then
    below=no
    while read -r id parent device at target rest; do
      case $target in "$2"/*) below=yes ;; esac
    done </proc/self/mountinfo
    [ $below = yes ] || return 0
  else
    mount --rbind "$1" "$2"
  fi
  findmnt -nrRo VFS-OPTIONS,TARGET --mountpoint "$2" | while read -r flags target; do
    mount -o "remount,bind,ro\${flags#r[ow]},nosuid" "$target"
  done
}
[ "$user" = same ] || chown -h "$user" "$tmp"
writable "$tmp" "$root/tmp"
links= folders=
for path; do
  if [ -L "$path" ]; then links="$links $path"; elif [ "\${#path}" -gt 1 ]; then folders="$folders|$path"; fi
done
[ -z "$links" ] || cp -P --parents $links .
( set -f; IFS='|'; set -- $folders; for path; do shift; set -- "$@" ".$path"; done; mkdir -p "$@" )
while [ $# -gt 0 ]; do
  kind=$1 path=$2
  shift 2
  [ -L "$path" ] && continue
  if [ "$kind" = r ]; then
    show "$path" "$root$path"
  else
    [ "$user" = same ] || chown -hR "$user" "$path"
    writable "$path" "$root$path"
  fi
done
cp -a --parents /etc/ld.so.cache /etc/ld.so.conf /etc/ld.so.conf.d /etc/alternatives /etc/localtime /etc/locale.alias   /etc/ssl/openssl.cnf . 2>/dev/null || :
echo "scratch:x:$name_id::/tmp:/bin/sh" >etc/passwd
echo "scratch:x:\${name_id#*:}:" >etc/group
echo 'passwd: files' >etc/nsswitch.conf
for device in null zero full random urandom; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
mount -t proc -o nosuid,nodev,noexec proc proc
# A user namespace within this one would have every capability again, and so more of the kernel to attack.
if [ "$user" = same ]; then echo 0 >proc/sys/user/max_user_namespaces || :; fi 2>/dev/null
pivot_root . old
cd /
# Without root, umount(8) wants a line in fstab: the old root is covered then, and no namespace below this one can uncover it.
if umount -l /old 2>/dev/null; then rmdir /old; else mount -t tmpfs -o mode=0,size=4k,ro tmpfs /old; fi
mount -o remount,bind,ro,nosuid,nodev /
exec env -i setpriv --no-new-privs /bin/sh -c 'echo "ready $1"; read -r end' sh "$outside"
`,N=`
name=$1
shift
${j}
${E}
exec "$@"
`,W=`
while IFS= read -r line && [ -n "$line" ]; do export "$line"; done
exec "$@"
`,B=n(e=>`
groups= attempt=0
while read -r group; do groups="$groups $group"; done
while [ $attempt -lt ${e} ]; do
  left= attempt=$((attempt + 1))
  for group in $groups; do kill -s 0 -- "-$group" && left=yes; done 2>/dev/null
  [ -n "$left" ] || break
  sleep 0.1
done
`,"waitForGroups"),G=`
${B(100)}
[ -e "$1" ] || exit 0
shift
"$@" </dev/null >/dev/null 2>&1 & job=$!
attempt=0
while [ $attempt -lt 50 ]; do
  sleep 0.1
  kill -s 0 "$job" 2>/dev/null || exit 0
  attempt=$((attempt + 1))
done
kill -s KILL "$job"
`,K=`
${B(160)}
for attempt in 1 2 3 4 5; do
  rm -rf -- "$1" "$2" 2>/dev/null
  [ -e "$1" ] || [ -e "$2" ] || exit 0
  sleep 0.2
done
`;import{lstat as we,realpath as H}from"node:fs/promises";import{homedir as ge}from"node:os";import{basename as be,dirname as D,join as z,sep as V}from"node:path";var X=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/nix/store","/home/linuxbrew/.linuxbrew"],$e="/var/cache/postgresql",ye=["lib","lib64","libexec","share/postgresql","share/extension"];async function q(e,o=ge()){let r=[...X,$e];for(let s of e){let i=await H(s).catch(()=>s);for(let a of[s,i])r.push(...await xe(D(a),o))}let t=[];for(let s of new Set(r))await J(s)&&t.push(s);return t.filter(s=>!t.some(i=>i!==s&&k(s,i)))}n(q,"visibleTo");async function xe(e,o){if(X.some(s=>k(e,s)))return[];if(be(e)!=="bin")return[e];let r=D(e);if(await ve(r,o))return[r];let t=await J(z(r,"share","postgres.bki"))?["share"]:[];return[e,...[...ye,...t].map(s=>z(r,s))]}n(xe,"neededBy");async function ve(e,o){let r=await H(o).catch(()=>o),t=["/home","/root",...r==="/"?[]:[r]];return e.split(V).length>2&&!t.some(i=>k(e,i)||k(i,e))}n(ve,"holdsOnlyPrograms");function k(e,o){return e===o||e.startsWith(o+V)}n(k,"isWithin");async function J(e){return we(e).then(()=>!0,()=>!1)}n(J,"exists");var ke=3e4;async function ee(e,o,r=ke){let t=await S(e),s=Pe(t,o,await q(e.programs)),i=new Set,a=n(async()=>{s.stdin.end(),await s.exited.catch(()=>{});for(let{stdout:d}of i)d?.destroy();await Promise.allSettled([...i].map(({exited:d})=>d));for(let d of[t.folder,t.socketFolder])await x(d)},"close"),l=n(()=>{a()},"end");e.signal.addEventListener("abort",l,{once:!0});try{let d={method:o,places:t,processId:await Te(s,r),children:i,end:l,signal:e.signal};e.signal.throwIfAborted();let c={command:"/bin/sh",arguments:["-c",Fe,"sh",...e.programs],explain:R};return await y(T(d,c)),e.signal.throwIfAborted(),{isolation:o.isolation,work:t.work,shared:t.shared,sockets:t.sockets,start:n(m=>T(d,m),"start"),read:n(async m=>(await y(T(d,m))).toString("utf8"),"read"),share:n(async m=>{await w({command:"chmod",arguments:["-R","a+rX","--",m]})},"share"),publish:n(m=>Oe(t,o,m),"publish"),close:n(async()=>{e.signal.removeEventListener("abort",l),await a()},"close")}}catch(d){throw e.signal.removeEventListener("abort",l),await a(),d}}n(ee,"openIsolated");var oe=Se("/bin/bash")?["/bin/bash","--norc"]:["/bin/sh"],Fe='for program; do [ -x "$program" ] || { echo "the sandbox user cannot run $program" >&2; exit 1; }; done';function Pe(e,o,r){let[t="",...s]=[...o.prefix,...oe],i=[...o.namespaces,"--mount","--pid","--fork","--kill-child","--ipc","--uts","--net"],a=[...r,e.shared,e.published].flatMap(d=>["r",d]),l=["w",e.work,"w",e.sockets];return h({command:t,arguments:[...s,"-c",A,"sh",e.folder,e.socketFolder,String(P()),o.user==="same"?"no":"yes","unshare",...i,"/bin/sh","-c",U,"sh",Z(e.folder),e.root,o.user,Re(o),e.temporary,...a,...l],stdin:"pipe",directory:"/",endsItself:!0,explain:R})}n(Pe,"startKeeper");function Re({user:e}){return e==="same"?`${process.getuid?.()}:${process.getgid?.()}`:e}n(Re,"idsOf");async function Te(e,o){let r=Ce(e);r.catch(()=>{});let t,s=new Promise(a=>{t=setTimeout(()=>a(void 0),o)}),i=await Promise.race([r,s]).finally(()=>clearTimeout(t));if(i!==void 0)return i;throw await e.stop(),new u("sandbox/not-started",`the sandbox was not ready within ${o/1e3} s`)}n(Te,"processIdOf");async function Ce(e){let o="";for await(let r of e.stdout){o+=String(r);let[,t]=/^ready (\d+)\n/.exec(o)??[];if(t!==void 0)return Number(t)}throw await e.exited,new u("sandbox/not-started","the sandbox ended before it was ready")}n(Ce,"readyProcess");function T({method:e,places:o,processId:r,children:t,end:s,signal:i},a){let[l="",...d]=[...e.prefix,...oe],c=["--mount","--pid","--net","--ipc","--uts"],{user:m}=e,[b,se]=m.split(":"),ie=[`--reuid=${b}`,`--regid=${se}`,"--clear-groups","--bounding-set=-all","--inh-caps=-all"],f=h({command:l,arguments:[...d,"-c",N,"sh",Z(o.folder),"nsenter",`--target=${r}`,...e.entering,...c,"--","env","-i","PATH=/usr/bin:/bin:/usr/sbin:/sbin","LANG=C.UTF-8","HOME=/tmp","TMPDIR=/tmp","USER=scratch","setpriv","--no-new-privs",...m==="same"?[]:ie,"--",...L(),"/bin/sh","-c",W,"sh",a.command,...a.arguments],stdin:"pipe",...a.stdout&&{stdout:a.stdout},...a.stderrKept&&{stderrKept:a.stderrKept},directory:"/",signal:i,end:s,explain:n((ae,de)=>Ie(a,ae,de),"explain")});return t.add(f),f.exited.catch(()=>{}).finally(()=>t.delete(f)),f.stdin.write(Me(a.environment??{})),a.stdin!=="pipe"&&f.stdin.end(),f}n(T,"start");function Ie(e,o,r){return e.explain?.(o,r)??new u("tool/failed",`${e.command} ${r}: ${_e(o)}`)}n(Ie,"explained");function Me(e){let o=Object.entries(e).flatMap(([r,t])=>t===void 0?[]:[`${r}=${t}`]);if(o.some(r=>r.includes(`
`)))throw new u("internal/bug","an environment variable for the sandbox contains a line break");return`${o.join(`
`)}${o.length>0?`
`:""}
`}n(Me,"variables");async function Oe({sockets:e,published:o},r,t){let s=Y(e,t);await Q(s).catch(d=>{throw v(s,d)});let[i="ln",...a]=[...r.prefix,"ln"],l=Y(o,t);if(await w({command:i,arguments:[...a,"-f","-P","-T",s,l]}),(await Q(l)).isSocket())return l;throw new u("drill/server-failed",`${l} is not a socket`)}n(Oe,"publish");function _e(e){return e.trim().split(`
`).slice(-3).join(" \xB7 ")||"no message"}n(_e,"lastWords");import{chown as C,link as Le,lstat as je,readdir as Ae}from"node:fs/promises";import{join as I}from"node:path";async function te(e){let o=await S(e),r=process.getuid?.()===0?Ee:void 0,t=ne([K,"sh",o.folder,o.socketFolder]),s=We(e,o,r);s?.pid!==void 0&&t.stdin.write(`${s.pid}
`);let i=new Set,a=n(async()=>{await Promise.all([...i].map(c=>c.stop())),s?.stdin.end(),t.stdin.end(),await t.exited.catch(()=>{});for(let c of[o.folder,o.socketFolder])await x(c)},"close"),l=n(()=>{a()},"end");e.signal.addEventListener("abort",l,{once:!0});let d=n(c=>{let m=Be(c,e.signal,r);if(m.pid!==void 0)for(let b of[s,t])b?.stdin.write(`${m.pid}
`);return i.add(m),m.exited.catch(()=>{}).finally(()=>i.delete(m)),m},"start");try{if(t.pid!==void 0)for(let c of new Set([o.folder,o.socketFolder]))await M(c,t.pid);r&&await Ue(o,r),e.signal.throwIfAborted()}catch(c){throw await a(),c}return{isolation:"none",work:o.work,shared:o.shared,sockets:o.sockets,start:d,read:n(async c=>(await y(d(c))).toString("utf8"),"read"),share:n(async c=>{await w({command:"chmod",arguments:["-R","a+rX","--",c]})},"share"),publish:n(c=>Ge(o,c),"publish"),close:n(async()=>{e.signal.removeEventListener("abort",l),await a()},"close")}}n(te,"openUnisolated");var Ee={uid:65534,gid:65534};async function Ue(e,{uid:o,gid:r}){for(let t of new Set([e.folder,e.socketFolder]))await C(t,0,r).then(()=>Ne(t));for(let t of[e.work,e.sockets])await C(t,o,r);for(let t of await Ae(e.work))await C(I(e.work,t),o,r)}n(Ue,"give");async function Ne(e){await w({command:"chmod",arguments:["0710","--",e]})}n(Ne,"allowPassing");function ne(e,o){return h({command:"/bin/sh",arguments:["-c",...e],stdin:"pipe",stdout:"ignore",directory:"/",endsItself:!0,...o&&{user:o}})}n(ne,"startScript");function We(e,{work:o},r){let t=e.crashCleanup?.(o);return t&&ne([G,"sh",t.file,t.command,...t.arguments],r)}n(We,"startCrashCleanup");function Be(e,o,r){let{command:t,arguments:s,...i}=e;return h({...i,command:"/bin/sh",arguments:["-c",'ulimit -c 0; exec "$@"',"sh",t,...s],directory:"/",endWith:"SIGQUIT",signal:o,...r&&{user:r}})}n(Be,"startProgram");async function Ge({sockets:e,published:o},r){let t=I(o,r),s=I(e,r);if(await Le(s,t).catch(i=>{throw i.code==="ENOENT"?v(s,i):i}),(await je(t)).isSocket())return t;throw new u("drill/server-failed",`${t} is not a socket`)}n(Ge,"publish");var Ke={methods:O,isolated:ee,unisolated:te};async function Bo(e,o=Ke){let{policy:r,signal:t}=e;if(r==="none")return{...await o.unisolated(e),reasons:[]};let s=[];for(let i of await o.methods())try{return{...await o.isolated(e,i),reasons:[]}}catch(a){if(t.throwIfAborted(),$(a).code==="disk/not-writable")throw a;s.push(`${i.display}: ${$(a).message}`)}if(r==="required")throw ze(s);return{...await o.unisolated(e),reasons:s}}n(Bo,"openSandbox");function ze(e){return new u("sandbox/unavailable",`no sandbox is available for scratch servers on this machine (${e.join("; ")})`,{hint:"Use Linux with util-linux and root, passwordless sudo or user namespaces, or name a throwaway server with --scratch-url. See docs/isolation.md."})}n(ze,"unavailable");var He=60,re=25;async function Ho(e,o){let{program:r,input:t,signal:s}=o,i=e.start({...r,stdin:t===void 0?"ignore":"pipe"});t!==void 0&&i.stdin.end(t);let a=i.exited.then(()=>new u("drill/server-failed","the scratch server stopped unexpectedly"),$),l;a.then(c=>{l=c});let d;for(let c=1;;c+=1){if(s.throwIfAborted(),l)throw l;try{return d??=await e.publish(o.socket),{child:i,socket:d,connected:await o.connect(d),ended:a}}catch(m){if(c*re>=He*1e3)throw l??new u("drill/server-failed",`the scratch server does not answer: ${String(m)}`);await new Promise(b=>setTimeout(b,re))}}}n(Ho,"startServer");export{Bo as a,Ho as b};
