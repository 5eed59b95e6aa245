import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as M}from"./methods-35f42067.js";import{b as k,c as y}from"./leftovers-76d269bb.js";import{a as w,c as $}from"./read-tool-31b58638.js";import{c as h}from"./child-5487d949.js";import{b as l,c as b}from"./failure-codes-of-databases-8f654ab9.js";import{a as r}from"./runtime-01ba4719.js";import{existsSync as be}from"node:fs";import{lstat as V}from"node:fs/promises";import{basename as q,join as X}from"node:path";import{totalmem as O}from"node:os";var re=.75;function P(){let e=process.constrainedMemory(),o=e>0?Math.min(e,O()):O();return Math.floor(o*re)}r(P,"memoryLimit");function _(){return["prlimit",`--as=${P()}`,"--nproc=1024","--core=0","--"]}r(_,"limited");var se=[[/sudo: /,"sudo refused the command"],[/unshare: .*(failed|not permitted|denied)/i,"this machine does not permit new namespaces"],[/mount: |pivot_root: /,"this machine does not permit mounts in a new namespace"],[/not found|No such file/i,"a program that the sandbox needs is missing (util-linux)"]];function F(e,o){let[n]=/the sandbox user cannot run .+/.exec(e)??[];if(n!==void 0)return new l("sandbox/not-started",n);let t=e.trim().split(`
`).slice(-3).join(" \xB7 "),s=se.find(([i])=>i.test(e))?.[1]??`the set-up of the sandbox ${o}`;return new l("sandbox/not-started",s,t===""?{}:{hint:`The programs printed: ${t}`})}r(F,"notStarted");import{chmod as ie,mkdir as ae,writeFile as de}from"node:fs/promises";import{join as p}from"node:path";var ce=80;async function x(e){let o=await k(e.temporary,e.prefix).catch(i=>{throw le(e.temporary,i)}),t=Buffer.byteLength(o)>ce?await k("/tmp",e.prefix):o,s={folder:o,socketFolder:t,work:p(o,"work"),shared:p(o,"shared"),temporary:p(o,"tmp"),root:p(o,"root"),sockets:p(t,"sockets"),published:p(t,"published")};await g(s.work,448),await g(s.sockets,493),await g(s.shared,493),await g(s.published,493),await g(s.root,493),await g(s.temporary,1023);for(let[i,d]of Object.entries(e.files??{}))await de(p(s.work,i),d,{mode:384});return s}r(x,"makeSandboxFolder");function le(e,o){return new l("disk/not-writable",`could not create a folder in ${e}: ${o.message}`,{hint:"Make the folder writable, or name another one with --temporary.",cause:o})}r(le,"notWritable");async function g(e,o){await ae(e,{mode:448}),await ie(e,o)}r(g,"makeOpen");var C=`
if [ -n "\${BASH_VERSION-}" ]; then
  for descriptor in /proc/self/fd/*; do
    descriptor=\${descriptor##*/}
    if [ "$descriptor" -gt 2 ]; then eval "exec $descriptor>&-"; fi
  done
else
  exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
fi
`,A=`
${C}
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
`,L=`
for group in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids; do
  if [ -d "$group/$name" ]; then echo 0 >"$group/$name/cgroup.procs" || :; fi
done 2>/dev/null
{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null || :
`,E=`
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022
name=$1 root=$2 user=$3 name_id=$4 tmp=$5
shift 5
read -r outside rest </proc/self/stat
${L}
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
`,j=`
name=$1
shift
${C}
${L}
exec "$@"
`,U=`
while IFS= read -r line && [ -n "$line" ]; do export "$line"; done
exec "$@"
`,N=`
groups=
while read -r group; do groups="$groups $group"; done
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
  left=
  for group in $groups; do kill -s 0 -- "-$group" && left=yes; done 2>/dev/null
  [ -n "$left" ] || break
  sleep 0.1
done
for attempt in 1 2 3 4 5; do
  rm -rf -- "$1" "$2" 2>/dev/null
  [ -e "$1" ] || [ -e "$2" ] || exit 0
  sleep 0.2
done
`;import{lstat as me,realpath as B}from"node:fs/promises";import{homedir as ue}from"node:os";import{basename as pe,dirname as z,join as W,sep as G}from"node:path";var H=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/nix/store","/home/linuxbrew/.linuxbrew"],fe="/var/cache/postgresql",he=["lib","lib64","libexec","share/postgresql","share/extension"];async function K(e,o=ue()){let n=[...H,fe];for(let s of e){let i=await B(s).catch(()=>s);for(let d of[s,i])n.push(...await we(z(d),o))}let t=[];for(let s of new Set(n))await D(s)&&t.push(s);return t.filter(s=>!t.some(i=>i!==s&&v(s,i)))}r(K,"visibleTo");async function we(e,o){if(H.some(s=>v(e,s)))return[];if(pe(e)!=="bin")return[e];let n=z(e);if(await ge(n,o))return[n];let t=await D(W(n,"share","postgres.bki"))?["share"]:[];return[e,...[...he,...t].map(s=>W(n,s))]}r(we,"neededBy");async function ge(e,o){let n=await B(o).catch(()=>o),t=["/home","/root",...n==="/"?[]:[n]];return e.split(G).length>2&&!t.some(i=>v(e,i)||v(i,e))}r(ge,"holdsOnlyPrograms");function v(e,o){return e===o||e.startsWith(o+G)}r(v,"isWithin");async function D(e){return me(e).then(()=>!0,()=>!1)}r(D,"exists");var $e=3e4;async function J(e,o,n=$e){let t=await x(e),s=xe(t,o,await K(e.programs)),i=new Set,d=r(async()=>{s.stdin.end(),await s.exited.catch(()=>{});for(let{stdout:a}of i)a?.destroy();await Promise.allSettled([...i].map(({exited:a})=>a));for(let a of[t.folder,t.socketFolder])await y(a)},"close"),c=r(()=>{d()},"end");e.signal.addEventListener("abort",c,{once:!0});try{let a={method:o,places:t,processId:await Se(s,n),children:i,end:c,signal:e.signal};e.signal.throwIfAborted();let m={command:"/bin/sh",arguments:["-c",ye,"sh",...e.programs],explain:F};return await $(R(a,m)),e.signal.throwIfAborted(),{isolation:o.isolation,work:t.work,shared:t.shared,sockets:t.sockets,start:r(u=>R(a,u),"start"),read:r(async u=>(await $(R(a,u))).toString("utf8"),"read"),share:r(async u=>{await w({command:"chmod",arguments:["-R","a+rX","--",u]})},"share"),publish:r(u=>Re(t,o,u),"publish"),close:r(async()=>{e.signal.removeEventListener("abort",c),await d()},"close")}}catch(a){throw e.signal.removeEventListener("abort",c),await d(),a}}r(J,"openIsolated");var Q=be("/bin/bash")?["/bin/bash","--norc"]:["/bin/sh"],ye='for program; do [ -x "$program" ] || { echo "the sandbox user cannot run $program" >&2; exit 1; }; done';function xe(e,o,n){let[t="",...s]=[...o.prefix,...Q],i=[...o.namespaces,"--mount","--pid","--fork","--kill-child","--ipc","--uts","--net"],d=[...n,e.shared,e.published].flatMap(a=>["r",a]),c=["w",e.work,"w",e.sockets];return h({command:t,arguments:[...s,"-c",A,"sh",e.folder,e.socketFolder,String(P()),o.user==="same"?"no":"yes","unshare",...i,"/bin/sh","-c",E,"sh",q(e.folder),e.root,o.user,ve(o),e.temporary,...d,...c],stdin:"pipe",directory:"/",endsItself:!0,explain:F})}r(xe,"startKeeper");function ve({user:e}){return e==="same"?`${process.getuid?.()}:${process.getgid?.()}`:e}r(ve,"idsOf");async function Se(e,o){let n=ke(e);n.catch(()=>{});let t,s=new Promise(d=>{t=setTimeout(()=>d(void 0),o)}),i=await Promise.race([n,s]).finally(()=>clearTimeout(t));if(i!==void 0)return i;throw await e.stop(),new l("sandbox/not-started",`the sandbox was not ready within ${o/1e3} s`)}r(Se,"processIdOf");async function ke(e){let o="";for await(let n of e.stdout){o+=String(n);let[,t]=/^ready (\d+)\n/.exec(o)??[];if(t!==void 0)return Number(t)}throw await e.exited,new l("sandbox/not-started","the sandbox ended before it was ready")}r(ke,"readyProcess");function R({method:e,places:o,processId:n,children:t,end:s,signal:i},d){let[c="",...a]=[...e.prefix,...Q],m=["--mount","--pid","--net","--ipc","--uts"],{user:u}=e,[S,ee]=u.split(":"),oe=[`--reuid=${S}`,`--regid=${ee}`,"--clear-groups","--bounding-set=-all","--inh-caps=-all"],f=h({command:c,arguments:[...a,"-c",j,"sh",q(o.folder),"nsenter",`--target=${n}`,...e.entering,...m,"--","env","-i","PATH=/usr/bin:/bin:/usr/sbin:/sbin","LANG=C.UTF-8","HOME=/tmp","TMPDIR=/tmp","USER=scratch","setpriv","--no-new-privs",...u==="same"?[]:oe,"--",..._(),"/bin/sh","-c",U,"sh",d.command,...d.arguments],stdin:"pipe",...d.stdout&&{stdout:d.stdout},...d.stderrKept&&{stderrKept:d.stderrKept},directory:"/",signal:i,end:s,explain:r((te,ne)=>Pe(d,te,ne),"explain")});return t.add(f),f.exited.catch(()=>{}).finally(()=>t.delete(f)),f.stdin.write(Fe(d.environment??{})),d.stdin!=="pipe"&&f.stdin.end(),f}r(R,"start");function Pe(e,o,n){return e.explain?.(o,n)??new l("tool/failed",`${e.command} ${n}: ${Te(o)}`)}r(Pe,"explained");function Fe(e){let o=Object.entries(e).flatMap(([n,t])=>t===void 0?[]:[`${n}=${t}`]);if(o.some(n=>n.includes(`
`)))throw new l("internal/bug","an environment variable for the sandbox contains a line break");return`${o.join(`
`)}${o.length>0?`
`:""}
`}r(Fe,"variables");async function Re({sockets:e,published:o},n,t){let s=X(e,t);await V(s).catch(a=>{throw new l("drill/server-failed",`${s} does not exist`,{cause:a})});let[i="ln",...d]=[...n.prefix,"ln"],c=X(o,t);if(await w({command:i,arguments:[...d,"-f","-P","-T",s,c]}),(await V(c)).isSocket())return c;throw new l("drill/server-failed",`${c} is not a socket`)}r(Re,"publish");function Te(e){return e.trim().split(`
`).slice(-3).join(" \xB7 ")||"no message"}r(Te,"lastWords");import{chown as T,link as Ie,lstat as Me,readdir as Oe}from"node:fs/promises";import{join as I}from"node:path";async function Y(e){let o=await x(e),n=process.getuid?.()===0?_e:void 0,t=h({command:"/bin/sh",arguments:["-c",N,"sh",o.folder,o.socketFolder],stdin:"pipe",stdout:"ignore",directory:"/",endsItself:!0}),s=new Set,i=r(async()=>{await Promise.all([...s].map(a=>a.stop())),t.stdin.end(),await t.exited.catch(()=>{});for(let a of[o.folder,o.socketFolder])await y(a)},"close"),d=r(()=>{i()},"end");e.signal.addEventListener("abort",d,{once:!0});let c=r(a=>{let m=Le(a,e.signal,n);return m.pid!==void 0&&t.stdin.write(`${m.pid}
`),s.add(m),m.exited.catch(()=>{}).finally(()=>s.delete(m)),m},"start");try{n&&await Ce(o,n),e.signal.throwIfAborted()}catch(a){throw await i(),a}return{isolation:"none",work:o.work,shared:o.shared,sockets:o.sockets,start:c,read:r(async a=>(await $(c(a))).toString("utf8"),"read"),share:r(async a=>{await w({command:"chmod",arguments:["-R","a+rX","--",a]})},"share"),publish:r(a=>Ee(o,a),"publish"),close:r(async()=>{e.signal.removeEventListener("abort",d),await i()},"close")}}r(Y,"openUnisolated");var _e={uid:65534,gid:65534};async function Ce(e,{uid:o,gid:n}){for(let t of new Set([e.folder,e.socketFolder]))await T(t,0,n).then(()=>Ae(t));for(let t of[e.work,e.sockets])await T(t,o,n);for(let t of await Oe(e.work))await T(I(e.work,t),o,n)}r(Ce,"give");async function Ae(e){await w({command:"chmod",arguments:["0710","--",e]})}r(Ae,"allowPassing");function Le(e,o,n){let{command:t,arguments:s,...i}=e;return h({...i,command:"/bin/sh",arguments:["-c",'ulimit -c 0; exec "$@"',"sh",t,...s],directory:"/",endWith:"SIGQUIT",signal:o,...n&&{user:n}})}r(Le,"startProgram");async function Ee({sockets:e,published:o},n){let t=I(o,n);if(await Ie(I(e,n),t),(await Me(t)).isSocket())return t;throw new l("drill/server-failed",`${t} is not a socket`)}r(Ee,"publish");var je={methods:M,isolated:J,unisolated:Y};async function Co(e,o=je){let{policy:n,signal:t}=e;if(n==="none")return{...await o.unisolated(e),reasons:[]};let s=[];for(let i of await o.methods())try{return{...await o.isolated(e,i),reasons:[]}}catch(d){if(t.throwIfAborted(),b(d).code==="disk/not-writable")throw d;s.push(`${i.display}: ${b(d).message}`)}if(n==="required")throw Ue(s);return{...await o.unisolated(e),reasons:s}}r(Co,"openSandbox");function Ue(e){return new l("sandbox/unavailable",`no sandbox is available for scratch servers on this machine (${e.join("; ")})`,{hint:"Use Linux with util-linux and root, passwordless sudo or user namespaces, or name a throwaway server with --scratch-url. See docs/isolation.md."})}r(Ue,"unavailable");var Ne=60,Z=25;async function jo(e,o){let{program:n,input:t,signal:s}=o,i=e.start({...n,stdin:t===void 0?"ignore":"pipe"});t!==void 0&&i.stdin.end(t);let d=i.exited.then(()=>new l("drill/server-failed","the scratch server stopped unexpectedly"),b),c;d.then(m=>{c=m});let a;for(let m=1;;m+=1){if(s.throwIfAborted(),c)throw c;try{return a??=await e.publish(o.socket),{child:i,socket:a,connected:await o.connect(a),ended:d}}catch(u){if(m*Z>=Ne*1e3)throw c??new l("drill/server-failed",`the scratch server does not answer: ${String(u)}`);await new Promise(S=>setTimeout(S,Z))}}}r(jo,"startServer");export{Co as a,jo as b};
