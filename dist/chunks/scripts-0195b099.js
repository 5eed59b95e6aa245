import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as M}from"./methods-35f42067.js";import{b as S,c as $}from"./leftovers-76d269bb.js";import{c as h,g as b,i as g}from"./child-5487d949.js";import{b as l,c as v}from"./failure-codes-of-databases-8f654ab9.js";import{a as r}from"./runtime-01ba4719.js";import{existsSync as we}from"node:fs";import{lstat as D}from"node:fs/promises";import{basename as X,join as V}from"node:path";import{totalmem as O}from"node:os";var ne=.75;function k(){let e=process.constrainedMemory(),o=e>0?Math.min(e,O()):O();return Math.floor(o*ne)}r(k,"memoryLimit");function T(){return["prlimit",`--as=${k()}`,"--nproc=1024","--core=0","--"]}r(T,"limited");var re=[[/sudo: /,"sudo refused the command"],[/unshare: .*(failed|not permitted|denied)/i,"this machine does not permit new namespaces"],[/mount: |pivot_root: /,"this machine does not permit mounts in a new namespace"],[/not found|No such file/i,"a program that the sandbox needs is missing (util-linux)"]];function F(e,o){let[n]=/the sandbox user cannot run .+/.exec(e)??[];if(n!==void 0)return new l("sandbox/not-started",n);let t=e.trim().split(`
`).slice(-3).join(" \xB7 "),s=re.find(([i])=>i.test(e))?.[1]??`the set-up of the sandbox ${o}`;return new l("sandbox/not-started",s,t===""?{}:{hint:`The programs printed: ${t}`})}r(F,"notStarted");import{chmod as se,mkdir as ie,writeFile as ae}from"node:fs/promises";import{join as p}from"node:path";var de=80;async function y(e){let o=await S(e.temporary,e.prefix).catch(i=>{throw ce(e.temporary,i)}),t=Buffer.byteLength(o)>de?await S("/tmp",e.prefix):o,s={folder:o,socketFolder:t,work:p(o,"work"),shared:p(o,"shared"),temporary:p(o,"tmp"),root:p(o,"root"),sockets:p(t,"sockets"),published:p(t,"published")};await w(s.work,448),await w(s.sockets,493),await w(s.shared,493),await w(s.published,493),await w(s.root,493),await w(s.temporary,1023);for(let[i,d]of Object.entries(e.files??{}))await ae(p(s.work,i),d,{mode:384});return s}r(y,"makeSandboxFolder");function ce(e,o){return new l("disk/not-writable",`could not create a folder in ${e}: ${o.message}`,{hint:"Make the folder writable, or name another one with --temporary.",cause:o})}r(ce,"notWritable");async function w(e,o){await ie(e,{mode:448}),await se(e,o)}r(w,"makeOpen");var _=`
if [ -n "\${BASH_VERSION-}" ]; then
  for descriptor in /proc/self/fd/*; do
    descriptor=\${descriptor##*/}
    if [ "$descriptor" -gt 2 ]; then eval "exec $descriptor>&-"; fi
  done
else
  exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
fi
`,C=`
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
${_}
${L}
exec "$@"
`,A=`
while IFS= read -r line && [ -n "$line" ]; do export "$line"; done
exec "$@"
`,U=`
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
`;import{lstat as le,realpath as W}from"node:fs/promises";import{homedir as me}from"node:os";import{basename as ue,dirname as z,join as N,sep as B}from"node:path";var G=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/nix/store","/home/linuxbrew/.linuxbrew"],pe="/var/cache/postgresql",fe=["lib","lib64","libexec","share/postgresql","share/extension"];async function H(e,o=me()){let n=[...G,pe];for(let s of e){let i=await W(s).catch(()=>s);for(let d of[s,i])n.push(...await he(z(d),o))}let t=[];for(let s of new Set(n))await K(s)&&t.push(s);return t.filter(s=>!t.some(i=>i!==s&&x(s,i)))}r(H,"visibleTo");async function he(e,o){if(G.some(s=>x(e,s)))return[];if(ue(e)!=="bin")return[e];let n=z(e);if(await be(n,o))return[n];let t=await K(N(n,"share","postgres.bki"))?["share"]:[];return[e,...[...fe,...t].map(s=>N(n,s))]}r(he,"neededBy");async function be(e,o){let n=await W(o).catch(()=>o),t=["/home","/root",...n==="/"?[]:[n]];return e.split(B).length>2&&!t.some(i=>x(e,i)||x(i,e))}r(be,"holdsOnlyPrograms");function x(e,o){return e===o||e.startsWith(o+B)}r(x,"isWithin");async function K(e){return le(e).then(()=>!0,()=>!1)}r(K,"exists");var ge=3e4;async function J(e,o,n=ge){let t=await y(e),s=ye(t,o,await H(e.programs)),i=new Set,d=r(async()=>{s.stdin.end(),await s.exited.catch(()=>{});for(let{stdout:a}of i)a?.destroy();await Promise.allSettled([...i].map(({exited:a})=>a));for(let a of[t.folder,t.socketFolder])await $(a)},"close"),c=r(()=>{d()},"end");e.signal.addEventListener("abort",c,{once:!0});try{let a={method:o,places:t,processId:await ve(s,n),children:i,end:c,signal:e.signal};e.signal.throwIfAborted();let m={command:"/bin/sh",arguments:["-c",$e,"sh",...e.programs],explain:F};return await g(P(a,m)),e.signal.throwIfAborted(),{isolation:o.isolation,work:t.work,shared:t.shared,sockets:t.sockets,start:r(u=>P(a,u),"start"),read:r(async u=>(await g(P(a,u))).toString("utf8"),"read"),share:r(async u=>{await b({command:"chmod",arguments:["-R","a+rX","--",u]})},"share"),publish:r(u=>Pe(t,o,u),"publish"),close:r(async()=>{e.signal.removeEventListener("abort",c),await d()},"close")}}catch(a){throw e.signal.removeEventListener("abort",c),await d(),a}}r(J,"openIsolated");var Q=we("/bin/bash")?["/bin/bash","--norc"]:["/bin/sh"],$e='for program; do [ -x "$program" ] || { echo "the sandbox user cannot run $program" >&2; exit 1; }; done';function ye(e,o,n){let[t="",...s]=[...o.prefix,...Q],i=[...o.namespaces,"--mount","--pid","--fork","--kill-child","--ipc","--uts","--net"],d=[...n,e.shared,e.published].flatMap(a=>["r",a]),c=["w",e.work,"w",e.sockets];return h({command:t,arguments:[...s,"-c",C,"sh",e.folder,e.socketFolder,String(k()),o.user==="same"?"no":"yes","unshare",...i,"/bin/sh","-c",E,"sh",X(e.folder),e.root,o.user,xe(o),e.temporary,...d,...c],stdin:"pipe",directory:"/",endsItself:!0,explain:F})}r(ye,"startKeeper");function xe({user:e}){return e==="same"?`${process.getuid?.()}:${process.getgid?.()}`:e}r(xe,"idsOf");async function ve(e,o){let n=Se(e);n.catch(()=>{});let t,s=new Promise(d=>{t=setTimeout(()=>d(void 0),o)}),i=await Promise.race([n,s]).finally(()=>clearTimeout(t));if(i!==void 0)return i;throw await e.stop(),new l("sandbox/not-started",`the sandbox was not ready within ${o/1e3} s`)}r(ve,"processIdOf");async function Se(e){let o="";for await(let n of e.stdout){o+=String(n);let[,t]=/^ready (\d+)\n/.exec(o)??[];if(t!==void 0)return Number(t)}throw await e.exited,new l("sandbox/not-started","the sandbox ended before it was ready")}r(Se,"readyProcess");function P({method:e,places:o,processId:n,children:t,end:s,signal:i},d){let[c="",...a]=[...e.prefix,...Q],m=["--mount","--pid","--net","--ipc","--uts"],{user:u}=e,[Z,q]=u.split(":"),ee=[`--reuid=${Z}`,`--regid=${q}`,"--clear-groups","--bounding-set=-all","--inh-caps=-all"],f=h({command:c,arguments:[...a,"-c",j,"sh",X(o.folder),"nsenter",`--target=${n}`,...e.entering,...m,"--","env","-i","PATH=/usr/bin:/bin:/usr/sbin:/sbin","LANG=C.UTF-8","HOME=/tmp","TMPDIR=/tmp","USER=scratch","setpriv","--no-new-privs",...u==="same"?[]:ee,"--",...T(),"/bin/sh","-c",A,"sh",d.command,...d.arguments],stdin:"pipe",...d.stdout&&{stdout:d.stdout},...d.stderrKept&&{stderrKept:d.stderrKept},directory:"/",signal:i,end:s,explain:r((oe,te)=>ke(d,oe,te),"explain")});return t.add(f),f.exited.catch(()=>{}).finally(()=>t.delete(f)),f.stdin.write(Fe(d.environment??{})),d.stdin!=="pipe"&&f.stdin.end(),f}r(P,"start");function ke(e,o,n){return e.explain?.(o,n)??new l("tool/failed",`${e.command} ${n}: ${Re(o)}`)}r(ke,"explained");function Fe(e){let o=Object.entries(e).flatMap(([n,t])=>t===void 0?[]:[`${n}=${t}`]);if(o.some(n=>n.includes(`
`)))throw new l("internal/bug","an environment variable for the sandbox contains a line break");return`${o.join(`
`)}${o.length>0?`
`:""}
`}r(Fe,"variables");async function Pe({sockets:e,published:o},n,t){let s=V(e,t);await D(s).catch(a=>{throw new l("drill/server-failed",`${s} does not exist`,{cause:a})});let[i="ln",...d]=[...n.prefix,"ln"],c=V(o,t);if(await b({command:i,arguments:[...d,"-f","-P","-T",s,c]}),(await D(c)).isSocket())return c;throw new l("drill/server-failed",`${c} is not a socket`)}r(Pe,"publish");function Re(e){return e.trim().split(`
`).slice(-3).join(" \xB7 ")||"no message"}r(Re,"lastWords");import{chown as R,link as Ie,lstat as Me,readdir as Oe}from"node:fs/promises";import{join as I}from"node:path";async function Y(e){let o=await y(e),n=process.getuid?.()===0?Te:void 0,t=h({command:"/bin/sh",arguments:["-c",U,"sh",o.folder,o.socketFolder],stdin:"pipe",stdout:"ignore",directory:"/",endsItself:!0}),s=new Set,i=r(async()=>{await Promise.all([...s].map(a=>a.stop())),t.stdin.end(),await t.exited.catch(()=>{});for(let a of[o.folder,o.socketFolder])await $(a)},"close"),d=r(()=>{i()},"end");e.signal.addEventListener("abort",d,{once:!0});let c=r(a=>{let m=Le(a,e.signal,n);return m.pid!==void 0&&t.stdin.write(`${m.pid}
`),s.add(m),m.exited.catch(()=>{}).finally(()=>s.delete(m)),m},"start");try{n&&await _e(o,n),e.signal.throwIfAborted()}catch(a){throw await i(),a}return{isolation:"none",work:o.work,shared:o.shared,sockets:o.sockets,start:c,read:r(async a=>(await g(c(a))).toString("utf8"),"read"),share:r(async a=>{await b({command:"chmod",arguments:["-R","a+rX","--",a]})},"share"),publish:r(a=>Ee(o,a),"publish"),close:r(async()=>{e.signal.removeEventListener("abort",d),await i()},"close")}}r(Y,"openUnisolated");var Te={uid:65534,gid:65534};async function _e(e,{uid:o,gid:n}){for(let t of new Set([e.folder,e.socketFolder]))await R(t,0,n).then(()=>Ce(t));for(let t of[e.work,e.sockets])await R(t,o,n);for(let t of await Oe(e.work))await R(I(e.work,t),o,n)}r(_e,"give");async function Ce(e){await b({command:"chmod",arguments:["0710","--",e]})}r(Ce,"allowPassing");function Le(e,o,n){let{command:t,arguments:s,...i}=e;return h({...i,command:"/bin/sh",arguments:["-c",'ulimit -c 0; exec "$@"',"sh",t,...s],directory:"/",endWith:"SIGQUIT",signal:o,...n&&{user:n}})}r(Le,"startProgram");async function Ee({sockets:e,published:o},n){let t=I(o,n);if(await Ie(I(e,n),t),(await Me(t)).isSocket())return t;throw new l("drill/server-failed",`${t} is not a socket`)}r(Ee,"publish");var je={methods:M,isolated:J,unisolated:Y};async function Mo(e,o=je){let{policy:n,signal:t}=e;if(n==="none")return{...await o.unisolated(e),reasons:[]};let s=[];for(let i of await o.methods())try{return{...await o.isolated(e,i),reasons:[]}}catch(d){if(t.throwIfAborted(),v(d).code==="disk/not-writable")throw d;s.push(`${i.display}: ${v(d).message}`)}if(n==="required")throw Ae(s);return{...await o.unisolated(e),reasons:s}}r(Mo,"openSandbox");function Ae(e){return new l("sandbox/unavailable",`no sandbox is available for scratch servers on this machine (${e.join("; ")})`,{hint:"Use Linux with util-linux and root, passwordless sudo or user namespaces, or name a throwaway server with --scratch-url. See docs/isolation.md."})}r(Ae,"unavailable");export{Mo as a};
