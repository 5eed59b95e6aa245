import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as M}from"./methods-35f42067.js";import{b as v,c as I}from"./leftovers-0a6bcecd.js";import{c as h,i as w,k as g}from"./child-cb2dd360.js";import{b as l,c as x}from"./failure-codes-aa2bbb4e.js";import{a as r}from"./runtime-01ba4719.js";import{existsSync as ge}from"node:fs";import{lstat as V}from"node:fs/promises";import{basename as X,join as Q}from"node:path";import{totalmem as T}from"node:os";var re=.75;function S(){let e=process.constrainedMemory(),o=e>0?Math.min(e,T()):T();return Math.floor(o*re)}r(S,"memoryLimit");function _(){return["prlimit",`--as=${S()}`,"--nproc=1024","--core=0","--"]}r(_,"limited");var ie=[[/sudo: /,"sudo refused the command"],[/unshare: .*(failed|not permitted|denied)/i,"this machine does not permit new namespaces"],[/mount: |pivot_root: /,"this machine does not permit mounts in a new namespace"],[/not found|No such file/i,"a program that the sandbox needs is missing (util-linux)"]];function k(e,o){let[n]=/the sandbox user cannot run .+/.exec(e)??[];if(n!==void 0)return new l("sandbox/not-started",n);let t=e.trim().split(`
`).slice(-3).join(" \xB7 "),i=ie.find(([s])=>s.test(e))?.[1]??`the set-up of the sandbox ${o}`;return new l("sandbox/not-started",i,t===""?{}:{hint:`The programs printed: ${t}`})}r(k,"notStarted");import{chmod as se,mkdir as ae,writeFile as de}from"node:fs/promises";import{join as p}from"node:path";var ce=80;async function $(e){let o=await v(e.temporary,e.prefix).catch(s=>{throw le(e.temporary,s)}),t=Buffer.byteLength(o)>ce?await v("/tmp",e.prefix):o,i={folder:o,socketFolder:t,work:p(o,"work"),shared:p(o,"shared"),temporary:p(o,"tmp"),root:p(o,"root"),sockets:p(t,"sockets"),published:p(t,"published")};await b(i.work,448),await b(i.sockets,493),await b(i.shared,493),await b(i.published,493),await b(i.root,493),await b(i.temporary,1023);for(let[s,a]of Object.entries(e.files??{}))await de(p(i.work,s),a,{mode:384});return i}r($,"makeSandboxFolder");function le(e,o){return new l("disk/not-writable",`could not create a folder in ${e}: ${o.message}`,{hint:"Make the folder writable, or name another one with --temporary.",cause:o})}r(le,"notWritable");async function b(e,o){await ae(e,{mode:448}),await se(e,o)}r(b,"makeOpen");var L=`
if [ -n "\${BASH_VERSION-}" ]; then
  for descriptor in /proc/self/fd/*; do
    descriptor=\${descriptor##*/}
    if [ "$descriptor" -gt 2 ]; then eval "exec $descriptor>&-"; fi
  done
else
  exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
fi
`,O=`
${L}
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
`,C=`
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
${C}
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
${L}
${C}
exec "$@"
`,A=`
while IFS= read -r line && [ -n "$line" ]; do export "$line"; done
exec "$@"
`,U=`
read -r end
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  rm -rf -- "$1" "$2" 2>/dev/null
  [ -e "$1" ] || [ -e "$2" ] || exit 0
  sleep 0.2
done
`,N=`
ulimit -c 0
exec 4<&0
"$@" <&4 3<&- 4<&- & program=$!
trap '' QUIT
exec 0</dev/null 4<&-
(read -r end <&3; exec 3<&-; kill -QUIT 0; sleep 2; kill -KILL 0) >/dev/null 2>&1 & watcher=$!
exec 3<&-
wait $program; code=$?
kill -KILL $watcher 2>/dev/null
exit $code
`;import{lstat as me,realpath as W}from"node:fs/promises";import{homedir as ue}from"node:os";import{basename as pe,dirname as K,join as G,sep as z}from"node:path";var B=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/nix/store","/home/linuxbrew/.linuxbrew"],fe="/var/cache/postgresql",he=["lib","lib64","libexec","share/postgresql","share/extension"];async function H(e,o=ue()){let n=[...B,fe];for(let i of e){let s=await W(i).catch(()=>i);for(let a of[i,s])n.push(...await we(K(a),o))}let t=[];for(let i of new Set(n))await D(i)&&t.push(i);return t.filter(i=>!t.some(s=>s!==i&&y(i,s)))}r(H,"visibleTo");async function we(e,o){if(B.some(i=>y(e,i)))return[];if(pe(e)!=="bin")return[e];let n=K(e);if(await be(n,o))return[n];let t=await D(G(n,"share","postgres.bki"))?["share"]:[];return[e,...[...he,...t].map(i=>G(n,i))]}r(we,"neededBy");async function be(e,o){let n=await W(o).catch(()=>o),t=["/home","/root",...n==="/"?[]:[n]];return e.split(z).length>2&&!t.some(s=>y(e,s)||y(s,e))}r(be,"holdsOnlyPrograms");function y(e,o){return e===o||e.startsWith(o+z)}r(y,"isWithin");async function D(e){return me(e).then(()=>!0,()=>!1)}r(D,"exists");var $e=3e4;async function J(e,o,n=$e){let t=await $(e),i=xe(t,o,await H(e.programs)),s=new Set,a=r(async()=>{i.stdin.end(),await i.exited.catch(()=>{}),await Promise.allSettled([...s].map(({exited:d})=>d))},"close"),c=r(()=>{a()},"end");e.signal.addEventListener("abort",c,{once:!0});try{let d={method:o,places:t,processId:await Se(i,n),children:s,end:c,signal:e.signal};e.signal.throwIfAborted();let m={command:"/bin/sh",arguments:["-c",ye,"sh",...e.programs],explain:k};return await g(P(d,m)),e.signal.throwIfAborted(),{isolation:o.isolation,work:t.work,shared:t.shared,sockets:t.sockets,start:r(u=>P(d,u),"start"),read:r(async u=>(await g(P(d,u))).toString("utf8"),"read"),share:r(async u=>{await w({command:"chmod",arguments:["-R","a+rX","--",u]})},"share"),publish:r(u=>Re(t,o,u),"publish"),close:r(async()=>{e.signal.removeEventListener("abort",c),await a()},"close")}}catch(d){e.signal.removeEventListener("abort",c),await a();for(let m of[t.folder,t.socketFolder])await I(m);throw d}}r(J,"openIsolated");var Y=ge("/bin/bash")?["/bin/bash","--norc"]:["/bin/sh"],ye='for program; do [ -x "$program" ] || { echo "the sandbox user cannot run $program" >&2; exit 1; }; done';function xe(e,o,n){let[t="",...i]=[...o.prefix,...Y],s=[...o.namespaces,"--mount","--pid","--fork","--kill-child","--ipc","--uts","--net"],a=[...n,e.shared,e.published].flatMap(d=>["r",d]),c=["w",e.work,"w",e.sockets];return h({command:t,arguments:[...i,"-c",O,"sh",e.folder,e.socketFolder,String(S()),o.user==="same"?"no":"yes","unshare",...s,"/bin/sh","-c",E,"sh",X(e.folder),e.root,o.user,ve(o),e.temporary,...a,...c],stdin:"pipe",directory:"/",ownGroup:!0,explain:k})}r(xe,"startKeeper");function ve({user:e}){return e==="same"?`${process.getuid?.()}:${process.getgid?.()}`:e}r(ve,"idsOf");async function Se(e,o){let n=ke(e);n.catch(()=>{});let t,i=new Promise(a=>{t=setTimeout(()=>a(void 0),o)}),s=await Promise.race([n,i]).finally(()=>clearTimeout(t));if(s!==void 0)return s;throw await e.stop(),new l("sandbox/not-started",`the sandbox was not ready within ${o/1e3} s`)}r(Se,"processIdOf");async function ke(e){let o="";for await(let n of e.stdout){o+=String(n);let[,t]=/^ready (\d+)\n/.exec(o)??[];if(t!==void 0)return Number(t)}throw await e.exited,new l("sandbox/not-started","the sandbox ended before it was ready")}r(ke,"readyProcess");function P({method:e,places:o,processId:n,children:t,end:i,signal:s},a){let[c="",...d]=[...e.prefix,...Y],m=["--mount","--pid","--net","--ipc","--uts"],{user:u}=e,[q,ee]=u.split(":"),oe=[`--reuid=${q}`,`--regid=${ee}`,"--clear-groups","--bounding-set=-all","--inh-caps=-all"],f=h({command:c,arguments:[...d,"-c",j,"sh",X(o.folder),"nsenter",`--target=${n}`,...e.entering,...m,"--","env","-i","PATH=/usr/bin:/bin:/usr/sbin:/sbin","LANG=C.UTF-8","HOME=/tmp","TMPDIR=/tmp","USER=scratch","setpriv","--no-new-privs",...u==="same"?[]:oe,"--",..._(),"/bin/sh","-c",A,"sh",a.command,...a.arguments],stdin:"pipe",...a.stdout&&{stdout:a.stdout},...a.stderrKept&&{stderrKept:a.stderrKept},directory:"/",ownGroup:!0,signal:s,end:i,explain:r((te,ne)=>Pe(a,te,ne),"explain")});return t.add(f),f.exited.catch(()=>{}).finally(()=>t.delete(f)),f.stdin.write(Fe(a.environment??{})),a.stdin!=="pipe"&&f.stdin.end(),f}r(P,"start");function Pe(e,o,n){return e.explain?.(o,n)??new l("tool/failed",`${e.command} ${n}: ${Ie(o)}`)}r(Pe,"explained");function Fe(e){let o=Object.entries(e).flatMap(([n,t])=>t===void 0?[]:[`${n}=${t}`]);if(o.some(n=>n.includes(`
`)))throw new l("internal/bug","an environment variable for the sandbox contains a line break");return`${o.join(`
`)}${o.length>0?`
`:""}
`}r(Fe,"variables");async function Re({sockets:e,published:o},n,t){let i=Q(e,t);await V(i).catch(d=>{throw new l("drill/server-failed",`${i} does not exist`,{cause:d})});let[s="ln",...a]=[...n.prefix,"ln"],c=Q(o,t);if(await w({command:s,arguments:[...a,"-f","-P","-T",i,c]}),(await V(c)).isSocket())return c;throw new l("drill/server-failed",`${c} is not a socket`)}r(Re,"publish");function Ie(e){return e.trim().split(`
`).slice(-3).join(" \xB7 ")||"no message"}r(Ie,"lastWords");import{chown as F,link as Me,lstat as Te,readdir as _e}from"node:fs/promises";import{join as R}from"node:path";async function Z(e){let o=await $(e),n=process.getuid?.()===0?Le:void 0,t=h({command:"/bin/sh",arguments:["-c",U,"sh",o.folder,o.socketFolder],stdin:"pipe",stdout:"ignore",directory:"/",ownGroup:!0}),i=new Set,s=r(async()=>{await Promise.all([...i].map(d=>d.stop())),t.stdin.end(),await t.exited.catch(()=>{})},"close"),a=r(()=>{s()},"end");e.signal.addEventListener("abort",a,{once:!0});let c=r(d=>{let m=Ee(d,e.signal,n);return i.add(m),m.exited.catch(()=>{}).finally(()=>i.delete(m)),m},"start");try{n&&await Oe(o,n),e.signal.throwIfAborted()}catch(d){throw await s(),d}return{isolation:"none",work:o.work,shared:o.shared,sockets:o.sockets,start:c,read:r(async d=>(await g(c(d))).toString("utf8"),"read"),share:r(async d=>{await w({command:"chmod",arguments:["-R","a+rX","--",d]})},"share"),publish:r(d=>je(o,d),"publish"),close:r(async()=>{e.signal.removeEventListener("abort",a),await s()},"close")}}r(Z,"openUnisolated");var Le={uid:65534,gid:65534};async function Oe(e,{uid:o,gid:n}){for(let t of new Set([e.folder,e.socketFolder]))await F(t,0,n).then(()=>Ce(t));for(let t of[e.work,e.sockets])await F(t,o,n);for(let t of await _e(e.work))await F(R(e.work,t),o,n)}r(Oe,"give");async function Ce(e){await w({command:"chmod",arguments:["0710","--",e]})}r(Ce,"allowPassing");function Ee(e,o,n){let{command:t,arguments:i,...s}=e;return h({...s,command:"/bin/sh",arguments:["-c",N,"sh",t,...i],directory:"/",ownGroup:!0,lifeline:!0,signal:o,...n&&{user:n}})}r(Ee,"startProgram");async function je({sockets:e,published:o},n){let t=R(o,n);if(await Me(R(e,n),t),(await Te(t)).isSocket())return t;throw new l("drill/server-failed",`${t} is not a socket`)}r(je,"publish");var Ae={methods:M,isolated:J,unisolated:Z};async function Mo(e,o=Ae){let{policy:n,signal:t}=e;if(n==="none")return{...await o.unisolated(e),reasons:[]};let i=[];for(let s of await o.methods())try{return{...await o.isolated(e,s),reasons:[]}}catch(a){if(t.throwIfAborted(),x(a).code==="disk/not-writable")throw a;i.push(`${s.display}: ${x(a).message}`)}if(n==="required")throw Ue(i);return{...await o.unisolated(e),reasons:i}}r(Mo,"openSandbox");function Ue(e){return new l("sandbox/unavailable",`no sandbox is available for scratch servers on this machine (${e.join("; ")})`,{hint:"Use Linux with util-linux and root, passwordless sudo or user namespaces, or name a throwaway server with --scratch-url. See docs/isolation.md."})}r(Ue,"unavailable");export{Mo as a};
