import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as R}from"./methods-35f42067.js";import{b as x}from"./leftovers-0a6bcecd.js";import{c as f,i as h,k as b}from"./child-cb2dd360.js";import{b as l,c as y}from"./failure-codes-aa2bbb4e.js";import{a as r}from"./runtime-01ba4719.js";import{existsSync as we}from"node:fs";import{lstat as H}from"node:fs/promises";import{basename as V,join as D}from"node:path";import{totalmem as I}from"node:os";var ne=.75;function v(){let e=process.constrainedMemory(),o=e>0?Math.min(e,I()):I();return Math.floor(o*ne)}r(v,"memoryLimit");function M(){return["prlimit",`--as=${v()}`,"--nproc=1024","--core=0","--"]}r(M,"limited");import{chmod as re,mkdir as se,writeFile as ie}from"node:fs/promises";import{join as p}from"node:path";var ae=80;async function $(e){let o=await x(e.temporary,e.prefix).catch(i=>{throw de(e.temporary,i)}),n=Buffer.byteLength(o)>ae?await x("/tmp",e.prefix):o,s={folder:o,socketFolder:n,work:p(o,"work"),shared:p(o,"shared"),temporary:p(o,"tmp"),root:p(o,"root"),sockets:p(n,"sockets"),published:p(n,"published")};await w(s.work,448),await w(s.sockets,493),await w(s.shared,493),await w(s.published,493),await w(s.root,493),await w(s.temporary,1023);for(let[i,a]of Object.entries(e.files??{}))await ie(p(s.work,i),a,{mode:384});return s}r($,"makeSandboxFolder");function de(e,o){return new l("disk/not-writable",`could not create a folder in ${e}: ${o.message}`,{hint:"Make the folder writable, or name another one with --temporary.",cause:o})}r(de,"notWritable");async function w(e,o){await se(e,{mode:448}),await re(e,o)}r(w,"makeOpen");var L=`
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
`,_=`
for group in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids; do
  if [ -d "$group/$name" ]; then echo 0 >"$group/$name/cgroup.procs" || :; fi
done 2>/dev/null
{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null || :
`,T=`
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022
name=$1 root=$2 user=$3 name_id=$4 tmp=$5
shift 5
read -r outside rest </proc/self/stat
${_}
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
`,C=`
name=$1
shift
${L}
${_}
exec "$@"
`,j=`
while IFS= read -r line && [ -n "$line" ]; do export "$line"; done
exec "$@"
`,A=`
read -r end
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  rm -rf -- "$1" "$2" 2>/dev/null
  [ -e "$1" ] || [ -e "$2" ] || exit 0
  sleep 0.2
done
`,E=`
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
`;import{lstat as ce,realpath as G}from"node:fs/promises";import{homedir as le}from"node:os";import{basename as me,dirname as N,join as U,sep as K}from"node:path";var W=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/nix/store","/home/linuxbrew/.linuxbrew"],pe="/var/cache/postgresql",ue=["lib","lib64","libexec","share/postgresql","share/extension"];async function z(e,o=le()){let t=[...W,pe];for(let s of e){let i=await G(s).catch(()=>s);for(let a of[s,i])t.push(...await fe(N(a),o))}let n=[];for(let s of new Set(t))await B(s)&&n.push(s);return n.filter(s=>!n.some(i=>i!==s&&g(s,i)))}r(z,"visibleTo");async function fe(e,o){if(W.some(s=>g(e,s)))return[];if(me(e)!=="bin")return[e];let t=N(e);if(await he(t,o))return[t];let n=await B(U(t,"share","postgres.bki"))?["share"]:[];return[e,...[...ue,...n].map(s=>U(t,s))]}r(fe,"neededBy");async function he(e,o){let t=await G(o).catch(()=>o),n=["/home","/root",...t==="/"?[]:[t]];return e.split(K).length>2&&!n.some(i=>g(e,i)||g(i,e))}r(he,"holdsOnlyPrograms");function g(e,o){return e===o||e.startsWith(o+K)}r(g,"isWithin");async function B(e){return ce(e).then(()=>!0,()=>!1)}r(B,"exists");async function Q(e,o){let t=await $(e),n=$e(t,o,await z(e.programs)),s=new Set,i=r(async()=>{n.stdin.end(),await n.exited.catch(()=>{}),await Promise.allSettled([...s].map(({exited:c})=>c))},"close"),a=r(()=>{i()},"end");e.signal.addEventListener("abort",a,{once:!0});try{let c={method:o,places:t,processId:await ye(n),children:s,end:a,signal:e.signal};return e.signal.throwIfAborted(),await b(k(c,{command:"/bin/sh",arguments:["-c",be,"sh",...e.programs]})),e.signal.throwIfAborted(),{isolation:o.isolation,work:t.work,shared:t.shared,sockets:t.sockets,start:r(d=>k(c,d),"start"),read:r(async d=>(await b(k(c,d))).toString("utf8"),"read"),share:r(async d=>{await h({command:"chmod",arguments:["-R","a+rX","--",d]})},"share"),publish:r(d=>ke(t,o,d),"publish"),close:r(async()=>{e.signal.removeEventListener("abort",a),await i()},"close")}}catch(c){throw e.signal.removeEventListener("abort",a),await i(),c}}r(Q,"openIsolated");var X=we("/bin/bash")?["/bin/bash","--norc"]:["/bin/sh"],be='for program; do [ -x "$program" ] || { echo "the sandbox user cannot run $program" >&2; exit 1; }; done';function $e(e,o,t){let[n="",...s]=[...o.prefix,...X],i=[...o.namespaces,"--mount","--pid","--fork","--kill-child","--ipc","--uts","--net"],a=[...t,e.shared,e.published].flatMap(d=>["r",d]),c=["w",e.work,"w",e.sockets];return f({command:n,arguments:[...s,"-c",O,"sh",e.folder,e.socketFolder,String(v()),o.user==="same"?"no":"yes","unshare",...i,"/bin/sh","-c",T,"sh",V(e.folder),e.root,o.user,ge(o),e.temporary,...a,...c],stdin:"pipe",directory:"/",ownGroup:!0,explain:r((d,m)=>new l("sandbox/not-started",`${[...o.prefix,"unshare"].join(" ")} ${m}: ${J(d)}`),"explain")})}r($e,"startKeeper");function ge({user:e}){return e==="same"?`${process.getuid?.()}:${process.getgid?.()}`:e}r(ge,"idsOf");async function ye(e){let o="";for await(let t of e.stdout){o+=String(t);let[,n]=/^ready (\d+)\n/.exec(o)??[];if(n!==void 0)return Number(n)}throw await e.exited,new l("sandbox/not-started","the sandbox ended before it was ready")}r(ye,"processIdOf");function k({method:e,places:o,processId:t,children:n,end:s,signal:i},a){let[c="",...d]=[...e.prefix,...X],m=["--mount","--pid","--net","--ipc","--uts"],{user:F}=e,[Z,q]=F.split(":"),ee=[`--reuid=${Z}`,`--regid=${q}`,"--clear-groups","--bounding-set=-all","--inh-caps=-all"],u=f({command:c,arguments:[...d,"-c",C,"sh",V(o.folder),"nsenter",`--target=${t}`,...e.entering,...m,"--","env","-i","PATH=/usr/bin:/bin:/usr/sbin:/sbin","LANG=C.UTF-8","HOME=/tmp","TMPDIR=/tmp","USER=scratch","setpriv","--no-new-privs",...F==="same"?[]:ee,"--",...M(),"/bin/sh","-c",j,"sh",a.command,...a.arguments],stdin:"pipe",...a.stdout&&{stdout:a.stdout},...a.stderrKept&&{stderrKept:a.stderrKept},directory:"/",ownGroup:!0,signal:i,end:s,explain:r((oe,te)=>xe(a,oe,te),"explain")});return n.add(u),u.exited.catch(()=>{}).finally(()=>n.delete(u)),u.stdin.write(ve(a.environment??{})),a.stdin!=="pipe"&&u.stdin.end(),u}r(k,"start");function xe(e,o,t){return e.explain?.(o,t)??new l("tool/failed",`${e.command} ${t}: ${J(o)}`)}r(xe,"explained");function ve(e){let o=Object.entries(e).flatMap(([t,n])=>n===void 0?[]:[`${t}=${n}`]);if(o.some(t=>t.includes(`
`)))throw new l("internal/bug","an environment variable for the sandbox contains a line break");return`${o.join(`
`)}${o.length>0?`
`:""}
`}r(ve,"variables");async function ke({sockets:e,published:o},t,n){let s=D(e,n);await H(s).catch(d=>{throw new l("drill/server-failed",`${s} does not exist`,{cause:d})});let[i="ln",...a]=[...t.prefix,"ln"],c=D(o,n);if(await h({command:i,arguments:[...a,"-f","-P","-T",s,c]}),(await H(c)).isSocket())return c;throw new l("drill/server-failed",`${c} is not a socket`)}r(ke,"publish");function J(e){return e.trim().split(`
`).slice(-3).join(" \xB7 ")||"no message"}r(J,"lastWords");import{chown as S,link as Se,lstat as Pe,readdir as Fe}from"node:fs/promises";import{join as P}from"node:path";async function Y(e){let o=await $(e),t=process.getuid?.()===0?Re:void 0,n=f({command:"/bin/sh",arguments:["-c",A,"sh",o.folder,o.socketFolder],stdin:"pipe",stdout:"ignore",directory:"/",ownGroup:!0}),s=new Set,i=r(async()=>{await Promise.all([...s].map(d=>d.stop())),n.stdin.end(),await n.exited.catch(()=>{})},"close"),a=r(()=>{i()},"end");e.signal.addEventListener("abort",a,{once:!0});let c=r(d=>{let m=Le(d,e.signal,t);return s.add(m),m.exited.catch(()=>{}).finally(()=>s.delete(m)),m},"start");try{t&&await Ie(o,t),e.signal.throwIfAborted()}catch(d){throw await i(),d}return{isolation:"none",work:o.work,shared:o.shared,sockets:o.sockets,start:c,read:r(async d=>(await b(c(d))).toString("utf8"),"read"),share:r(async d=>{await h({command:"chmod",arguments:["-R","a+rX","--",d]})},"share"),publish:r(d=>Oe(o,d),"publish"),close:r(async()=>{e.signal.removeEventListener("abort",a),await i()},"close")}}r(Y,"openUnisolated");var Re={uid:65534,gid:65534};async function Ie(e,{uid:o,gid:t}){for(let n of new Set([e.folder,e.socketFolder]))await S(n,0,t).then(()=>Me(n));for(let n of[e.work,e.sockets])await S(n,o,t);for(let n of await Fe(e.work))await S(P(e.work,n),o,t)}r(Ie,"give");async function Me(e){await h({command:"chmod",arguments:["0710","--",e]})}r(Me,"allowPassing");function Le(e,o,t){let{command:n,arguments:s,...i}=e;return f({...i,command:"/bin/sh",arguments:["-c",E,"sh",n,...s],directory:"/",ownGroup:!0,lifeline:!0,signal:o,...t&&{user:t}})}r(Le,"startProgram");async function Oe({sockets:e,published:o},t){let n=P(o,t);if(await Se(P(e,t),n),(await Pe(n)).isSocket())return n;throw new l("drill/server-failed",`${n} is not a socket`)}r(Oe,"publish");var _e={methods:R,isolated:Q,unisolated:Y};async function go(e,o=_e){let{policy:t,signal:n}=e;if(t==="none")return{...await o.unisolated(e),reasons:[]};let s=[];for(let i of await o.methods())try{return{...await o.isolated(e,i),reasons:[]}}catch(a){if(n.throwIfAborted(),y(a).code==="disk/not-writable")throw a;s.push(`${i.display}: ${y(a).message}`)}if(t==="required")throw Te(s);return{...await o.unisolated(e),reasons:s}}r(go,"openSandbox");function Te(e){return new l("sandbox/unavailable",`no sandbox is available for scratch servers on this machine (${e.join("; ")})`,{hint:"Use Linux with util-linux and root, passwordless sudo or user namespaces, or name a throwaway server with --scratch-url. See docs/isolation.md."})}r(Te,"unavailable");export{go as a};
