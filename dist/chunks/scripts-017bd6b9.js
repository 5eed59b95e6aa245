import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as C}from"./methods-35f42067.js";import{b as k,c as x}from"./leftovers-76d269bb.js";import{a as w,c as y}from"./read-tool-31b58638.js";import{c as h}from"./child-5487d949.js";import{b as u,c as $}from"./failure-codes-of-databases-8f654ab9.js";import{a as r}from"./runtime-01ba4719.js";import{existsSync as xe}from"node:fs";import{lstat as q}from"node:fs/promises";import{basename as Q,join as J}from"node:path";import{totalmem as M}from"node:os";var ae=.75;function F(){let e=process.constrainedMemory(),o=e>0?Math.min(e,M()):M();return Math.floor(o*ae)}r(F,"memoryLimit");function O(){return["prlimit",`--as=${F()}`,"--nproc=1024","--core=0","--"]}r(O,"limited");var de=[[/sudo: /,"sudo refused the command"],[/unshare: .*(failed|not permitted|denied)/i,"this machine does not permit new namespaces"],[/mount: |pivot_root: /,"this machine does not permit mounts in a new namespace"],[/not found|No such file/i,"a program that the sandbox needs is missing (util-linux)"]];function P(e,o){let[n]=/the sandbox user cannot run .+/.exec(e)??[];if(n!==void 0)return new u("sandbox/not-started",n);let t=e.trim().split(`
`).slice(-3).join(" \xB7 "),s=de.find(([i])=>i.test(e))?.[1]??`the set-up of the sandbox ${o}`;return new u("sandbox/not-started",s,t===""?{}:{hint:`The programs printed: ${t}`})}r(P,"notStarted");import{chmod as ce,mkdir as le,writeFile as me}from"node:fs/promises";import{join as p}from"node:path";var ue=80;async function v(e){let o=await k(e.temporary,e.prefix).catch(i=>{throw pe(e.temporary,i)}),t=Buffer.byteLength(o)>ue?await k("/tmp",e.prefix):o,s={folder:o,socketFolder:t,work:p(o,"work"),shared:p(o,"shared"),temporary:p(o,"tmp"),root:p(o,"root"),sockets:p(t,"sockets"),published:p(t,"published")};await g(s.work,448),await g(s.sockets,493),await g(s.shared,493),await g(s.published,493),await g(s.root,493),await g(s.temporary,1023);for(let[i,a]of Object.entries(e.files??{}))await me(p(s.work,i),a,{mode:384});return s}r(v,"makeSandboxFolder");function pe(e,o){return new u("disk/not-writable",`could not create a folder in ${e}: ${o.message}`,{hint:"Make the folder writable, or name another one with --temporary.",cause:o})}r(pe,"notWritable");async function g(e,o){await le(e,{mode:448}),await ce(e,o)}r(g,"makeOpen");var _=`
if [ -n "\${BASH_VERSION-}" ]; then
  for descriptor in /proc/self/fd/*; do
    descriptor=\${descriptor##*/}
    if [ "$descriptor" -gt 2 ]; then eval "exec $descriptor>&-"; fi
  done
else
  exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
fi
`,L=`
${_}
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
`,j=`
for group in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids; do
  if [ -d "$group/$name" ]; then echo 0 >"$group/$name/cgroup.procs" || :; fi
done 2>/dev/null
{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null || :
`,A=`
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022
name=$1 root=$2 user=$3 name_id=$4 tmp=$5
shift 5
read -r outside rest </proc/self/stat
${j}
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
`,E=`
name=$1
shift
${_}
${j}
exec "$@"
`,U=`
while IFS= read -r line && [ -n "$line" ]; do export "$line"; done
exec "$@"
`,N=r(e=>`
groups= attempt=0
while read -r group; do groups="$groups $group"; done
while [ $attempt -lt ${e} ]; do
  left= attempt=$((attempt + 1))
  for group in $groups; do kill -s 0 -- "-$group" && left=yes; done 2>/dev/null
  [ -n "$left" ] || break
  sleep 0.1
done
`,"waitForGroups"),W=`
${N(30)}
[ -e "$1" ] || exit 0
shift
"$@" </dev/null >/dev/null 2>&1 & job=$!
attempt=0
while [ $attempt -lt 20 ]; do
  sleep 0.1
  kill -s 0 "$job" 2>/dev/null || exit 0
  attempt=$((attempt + 1))
done
kill -s KILL "$job"
`,B=`
${N(60)}
for attempt in 1 2 3 4 5; do
  rm -rf -- "$1" "$2" 2>/dev/null
  [ -e "$1" ] || [ -e "$2" ] || exit 0
  sleep 0.2
done
`;import{lstat as fe,realpath as K}from"node:fs/promises";import{homedir as he}from"node:os";import{basename as we,dirname as z,join as G,sep as H}from"node:path";var D=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/nix/store","/home/linuxbrew/.linuxbrew"],ge="/var/cache/postgresql",be=["lib","lib64","libexec","share/postgresql","share/extension"];async function V(e,o=he()){let n=[...D,ge];for(let s of e){let i=await K(s).catch(()=>s);for(let a of[s,i])n.push(...await $e(z(a),o))}let t=[];for(let s of new Set(n))await X(s)&&t.push(s);return t.filter(s=>!t.some(i=>i!==s&&S(s,i)))}r(V,"visibleTo");async function $e(e,o){if(D.some(s=>S(e,s)))return[];if(we(e)!=="bin")return[e];let n=z(e);if(await ye(n,o))return[n];let t=await X(G(n,"share","postgres.bki"))?["share"]:[];return[e,...[...be,...t].map(s=>G(n,s))]}r($e,"neededBy");async function ye(e,o){let n=await K(o).catch(()=>o),t=["/home","/root",...n==="/"?[]:[n]];return e.split(H).length>2&&!t.some(i=>S(e,i)||S(i,e))}r(ye,"holdsOnlyPrograms");function S(e,o){return e===o||e.startsWith(o+H)}r(S,"isWithin");async function X(e){return fe(e).then(()=>!0,()=>!1)}r(X,"exists");var ve=3e4;async function Y(e,o,n=ve){let t=await v(e),s=ke(t,o,await V(e.programs)),i=new Set,a=r(async()=>{s.stdin.end(),await s.exited.catch(()=>{});for(let{stdout:d}of i)d?.destroy();await Promise.allSettled([...i].map(({exited:d})=>d));for(let d of[t.folder,t.socketFolder])await x(d)},"close"),l=r(()=>{a()},"end");e.signal.addEventListener("abort",l,{once:!0});try{let d={method:o,places:t,processId:await Pe(s,n),children:i,end:l,signal:e.signal};e.signal.throwIfAborted();let c={command:"/bin/sh",arguments:["-c",Se,"sh",...e.programs],explain:P};return await y(R(d,c)),e.signal.throwIfAborted(),{isolation:o.isolation,work:t.work,shared:t.shared,sockets:t.sockets,start:r(m=>R(d,m),"start"),read:r(async m=>(await y(R(d,m))).toString("utf8"),"read"),share:r(async m=>{await w({command:"chmod",arguments:["-R","a+rX","--",m]})},"share"),publish:r(m=>Ce(t,o,m),"publish"),close:r(async()=>{e.signal.removeEventListener("abort",l),await a()},"close")}}catch(d){throw e.signal.removeEventListener("abort",l),await a(),d}}r(Y,"openIsolated");var Z=xe("/bin/bash")?["/bin/bash","--norc"]:["/bin/sh"],Se='for program; do [ -x "$program" ] || { echo "the sandbox user cannot run $program" >&2; exit 1; }; done';function ke(e,o,n){let[t="",...s]=[...o.prefix,...Z],i=[...o.namespaces,"--mount","--pid","--fork","--kill-child","--ipc","--uts","--net"],a=[...n,e.shared,e.published].flatMap(d=>["r",d]),l=["w",e.work,"w",e.sockets];return h({command:t,arguments:[...s,"-c",L,"sh",e.folder,e.socketFolder,String(F()),o.user==="same"?"no":"yes","unshare",...i,"/bin/sh","-c",A,"sh",Q(e.folder),e.root,o.user,Fe(o),e.temporary,...a,...l],stdin:"pipe",directory:"/",endsItself:!0,explain:P})}r(ke,"startKeeper");function Fe({user:e}){return e==="same"?`${process.getuid?.()}:${process.getgid?.()}`:e}r(Fe,"idsOf");async function Pe(e,o){let n=Re(e);n.catch(()=>{});let t,s=new Promise(a=>{t=setTimeout(()=>a(void 0),o)}),i=await Promise.race([n,s]).finally(()=>clearTimeout(t));if(i!==void 0)return i;throw await e.stop(),new u("sandbox/not-started",`the sandbox was not ready within ${o/1e3} s`)}r(Pe,"processIdOf");async function Re(e){let o="";for await(let n of e.stdout){o+=String(n);let[,t]=/^ready (\d+)\n/.exec(o)??[];if(t!==void 0)return Number(t)}throw await e.exited,new u("sandbox/not-started","the sandbox ended before it was ready")}r(Re,"readyProcess");function R({method:e,places:o,processId:n,children:t,end:s,signal:i},a){let[l="",...d]=[...e.prefix,...Z],c=["--mount","--pid","--net","--ipc","--uts"],{user:m}=e,[b,ne]=m.split(":"),re=[`--reuid=${b}`,`--regid=${ne}`,"--clear-groups","--bounding-set=-all","--inh-caps=-all"],f=h({command:l,arguments:[...d,"-c",E,"sh",Q(o.folder),"nsenter",`--target=${n}`,...e.entering,...c,"--","env","-i","PATH=/usr/bin:/bin:/usr/sbin:/sbin","LANG=C.UTF-8","HOME=/tmp","TMPDIR=/tmp","USER=scratch","setpriv","--no-new-privs",...m==="same"?[]:re,"--",...O(),"/bin/sh","-c",U,"sh",a.command,...a.arguments],stdin:"pipe",...a.stdout&&{stdout:a.stdout},...a.stderrKept&&{stderrKept:a.stderrKept},directory:"/",signal:i,end:s,explain:r((se,ie)=>Te(a,se,ie),"explain")});return t.add(f),f.exited.catch(()=>{}).finally(()=>t.delete(f)),f.stdin.write(Ie(a.environment??{})),a.stdin!=="pipe"&&f.stdin.end(),f}r(R,"start");function Te(e,o,n){return e.explain?.(o,n)??new u("tool/failed",`${e.command} ${n}: ${Me(o)}`)}r(Te,"explained");function Ie(e){let o=Object.entries(e).flatMap(([n,t])=>t===void 0?[]:[`${n}=${t}`]);if(o.some(n=>n.includes(`
`)))throw new u("internal/bug","an environment variable for the sandbox contains a line break");return`${o.join(`
`)}${o.length>0?`
`:""}
`}r(Ie,"variables");async function Ce({sockets:e,published:o},n,t){let s=J(e,t);await q(s).catch(d=>{throw new u("drill/server-failed",`${s} does not exist`,{cause:d})});let[i="ln",...a]=[...n.prefix,"ln"],l=J(o,t);if(await w({command:i,arguments:[...a,"-f","-P","-T",s,l]}),(await q(l)).isSocket())return l;throw new u("drill/server-failed",`${l} is not a socket`)}r(Ce,"publish");function Me(e){return e.trim().split(`
`).slice(-3).join(" \xB7 ")||"no message"}r(Me,"lastWords");import{chown as T,link as Oe,lstat as _e,readdir as Le}from"node:fs/promises";import{join as I}from"node:path";async function ee(e){let o=await v(e),n=process.getuid?.()===0?je:void 0,t=oe([B,"sh",o.folder,o.socketFolder]),s=Ue(e,o,n);s?.pid!==void 0&&t.stdin.write(`${s.pid}
`);let i=new Set,a=r(async()=>{await Promise.all([...i].map(c=>c.stop())),s?.stdin.end(),t.stdin.end(),await t.exited.catch(()=>{});for(let c of[o.folder,o.socketFolder])await x(c)},"close"),l=r(()=>{a()},"end");e.signal.addEventListener("abort",l,{once:!0});let d=r(c=>{let m=Ne(c,e.signal,n);if(m.pid!==void 0)for(let b of[s,t])b?.stdin.write(`${m.pid}
`);return i.add(m),m.exited.catch(()=>{}).finally(()=>i.delete(m)),m},"start");try{n&&await Ae(o,n),e.signal.throwIfAborted()}catch(c){throw await a(),c}return{isolation:"none",work:o.work,shared:o.shared,sockets:o.sockets,start:d,read:r(async c=>(await y(d(c))).toString("utf8"),"read"),share:r(async c=>{await w({command:"chmod",arguments:["-R","a+rX","--",c]})},"share"),publish:r(c=>We(o,c),"publish"),close:r(async()=>{e.signal.removeEventListener("abort",l),await a()},"close")}}r(ee,"openUnisolated");var je={uid:65534,gid:65534};async function Ae(e,{uid:o,gid:n}){for(let t of new Set([e.folder,e.socketFolder]))await T(t,0,n).then(()=>Ee(t));for(let t of[e.work,e.sockets])await T(t,o,n);for(let t of await Le(e.work))await T(I(e.work,t),o,n)}r(Ae,"give");async function Ee(e){await w({command:"chmod",arguments:["0710","--",e]})}r(Ee,"allowPassing");function oe(e,o){return h({command:"/bin/sh",arguments:["-c",...e],stdin:"pipe",stdout:"ignore",directory:"/",endsItself:!0,...o&&{user:o}})}r(oe,"startScript");function Ue(e,{work:o},n){let t=e.crashCleanup?.(o);return t&&oe([W,"sh",t.file,t.command,...t.arguments],n)}r(Ue,"startCrashCleanup");function Ne(e,o,n){let{command:t,arguments:s,...i}=e;return h({...i,command:"/bin/sh",arguments:["-c",'ulimit -c 0; exec "$@"',"sh",t,...s],directory:"/",endWith:"SIGQUIT",signal:o,...n&&{user:n}})}r(Ne,"startProgram");async function We({sockets:e,published:o},n){let t=I(o,n);if(await Oe(I(e,n),t),(await _e(t)).isSocket())return t;throw new u("drill/server-failed",`${t} is not a socket`)}r(We,"publish");var Be={methods:C,isolated:Y,unisolated:ee};async function Uo(e,o=Be){let{policy:n,signal:t}=e;if(n==="none")return{...await o.unisolated(e),reasons:[]};let s=[];for(let i of await o.methods())try{return{...await o.isolated(e,i),reasons:[]}}catch(a){if(t.throwIfAborted(),$(a).code==="disk/not-writable")throw a;s.push(`${i.display}: ${$(a).message}`)}if(n==="required")throw Ge(s);return{...await o.unisolated(e),reasons:s}}r(Uo,"openSandbox");function Ge(e){return new u("sandbox/unavailable",`no sandbox is available for scratch servers on this machine (${e.join("; ")})`,{hint:"Use Linux with util-linux and root, passwordless sudo or user namespaces, or name a throwaway server with --scratch-url. See docs/isolation.md."})}r(Ge,"unavailable");var Ke=60,te=25;async function Go(e,o){let{program:n,input:t,signal:s}=o,i=e.start({...n,stdin:t===void 0?"ignore":"pipe"});t!==void 0&&i.stdin.end(t);let a=i.exited.then(()=>new u("drill/server-failed","the scratch server stopped unexpectedly"),$),l;a.then(c=>{l=c});let d;for(let c=1;;c+=1){if(s.throwIfAborted(),l)throw l;try{return d??=await e.publish(o.socket),{child:i,socket:d,connected:await o.connect(d),ended:a}}catch(m){if(c*te>=Ke*1e3)throw l??new u("drill/server-failed",`the scratch server does not answer: ${String(m)}`);await new Promise(b=>setTimeout(b,te))}}}r(Go,"startServer");export{Uo as a,Go as b};
