import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as R}from"./methods-35f42067.js";import{b as v}from"./leftovers-0a6bcecd.js";import{c as u,g as f,i as b}from"./child-cb2dd360.js";import{b as l,c as x}from"./failure-codes-aa2bbb4e.js";import{a as n}from"./runtime-01ba4719.js";import{existsSync as ho}from"node:fs";import{lstat as bo}from"node:fs/promises";import{basename as K,join as D}from"node:path";import{totalmem as I}from"node:os";var eo=.75;function k(){let o=process.constrainedMemory(),e=o>0?Math.min(o,I()):I();return Math.floor(e*eo)}n(k,"memoryLimit");function M(){return["prlimit",`--as=${k()}`,"--nproc=1024","--core=0","--"]}n(M,"limited");import{chmod as to,mkdir as ro,writeFile as no}from"node:fs/promises";import{join as p}from"node:path";var io=80;async function w(o){let e=await v(o.temporary,o.prefix).catch(s=>{throw so(o.temporary,s)}),r=Buffer.byteLength(e)>io?await v("/tmp",o.prefix):e,i={folder:e,socketFolder:r,work:p(e,"work"),shared:p(e,"shared"),temporary:p(e,"tmp"),root:p(e,"root"),sockets:p(r,"sockets"),published:p(r,"published")};await h(i.work,448),await h(i.sockets,493),await h(i.shared,493),await h(i.published,493),await h(i.root,493),await h(i.temporary,1023);for(let[s,a]of Object.entries(o.files??{}))await no(p(i.work,s),a,{mode:384});return i}n(w,"makeSandboxFolder");function so(o,e){return new l("disk/not-writable",`could not create a folder in ${o}: ${e.message}`,{hint:"Make the folder writable, or name another one with --temporary.",cause:e})}n(so,"notWritable");async function h(o,e){await ro(o,{mode:448}),await to(o,e)}n(h,"makeOpen");var L=`
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
folder=$1 sockets=$2 memory=$3 groups=
shift 3
name=\${folder##*/}
if [ "$(id -u)" = 0 ]; then
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
`,T=`
for group in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids; do
  if [ -d "$group/$name" ]; then echo 0 >"$group/$name/cgroup.procs" || :; fi
done 2>/dev/null
{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null || :
`,_=`
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022
name=$1 root=$2 user=$3
shift 3
read -r outside rest </proc/self/stat
${T}
mount -t tmpfs -o mode=0755,size=16m,nosuid,nodev tmpfs "$root"
cd "$root"
mkdir -p dev/shm proc tmp etc old
writable() {
  mount --bind "$1" "$2"
  mount -o "remount,bind,$(findmnt -nro VFS-OPTIONS --mountpoint "$2" | tail -n 1),nosuid,nodev" "$2"
}
readonly_below() {
  findmnt -nrRo VFS-OPTIONS,TARGET --mountpoint "$1" | while read -r flags target; do
    mount -o "remount,bind,ro\${flags#r[ow]},nosuid" "$target"
  done
}
while [ $# -gt 0 ]; do
  kind=$1 path=$2
  shift 2
  if [ -L "$path" ]; then
    mkdir -p ".\${path%/*}"
    ln -s "$(readlink "$path")" ".$path"
    continue
  fi
  case $kind in
    r) mkdir -p ".$path"; mount --rbind "$path" "$root$path"; readonly_below "$root$path" ;;
    w) [ "$user" = same ] || chown -hR "$user" "$path"
       mkdir -p ".$path"; writable "$path" "$root$path" ;;
    t) [ "$user" = same ] || chown -h "$user" "$path"
       writable "$path" "$root/tmp" ;;
  esac
done
for file in ld.so.cache ld.so.conf ld.so.conf.d alternatives localtime locale.alias ssl/openssl.cnf; do
  [ -e "/etc/$file" ] || continue
  mkdir -p "etc/$(dirname "$file")"
  cp -a "/etc/$file" "etc/$file"
done
[ "$user" = same ] && id=$(id -u):$(id -g) || id=$user
echo "scratch:x:$id::/tmp:/bin/sh" >etc/passwd
echo "scratch:x:\${id#*:}:" >etc/group
echo 'passwd: files' >etc/nsswitch.conf
for device in null zero full random urandom; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
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
${T}
exec "$@"
`,E=`
while IFS= read -r line && [ -n "$line" ]; do export "$line"; done
exec "$@"
`,U=`
read -r end
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  rm -rf -- "$1" "$2" 2>/dev/null
  [ -e "$1" ] || [ -e "$2" ] || exit 0
  sleep 0.2
done
`,A=`
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
`;import{lstat as ao,realpath as G}from"node:fs/promises";import{homedir as co}from"node:os";import{basename as lo,dirname as N,join as C,sep as W}from"node:path";var B=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/nix/store","/home/linuxbrew/.linuxbrew"],mo="/var/cache/postgresql",po=["lib","lib64","libexec","share/postgresql","share/extension"];async function H(o,e=co()){let t=[...B,mo];for(let i of o){let s=await G(i).catch(()=>i);for(let a of[i,s])t.push(...await uo(N(a),e))}let r=[];for(let i of new Set(t))await z(i)&&r.push(i);return r.filter(i=>!r.some(s=>s!==i&&$(i,s)))}n(H,"visibleTo");async function uo(o,e){if(B.some(i=>$(o,i)))return[];if(lo(o)!=="bin")return[o];let t=N(o);if(await fo(t,e))return[t];let r=await z(C(t,"share","postgres.bki"))?["share"]:[];return[o,...[...po,...r].map(i=>C(t,i))]}n(uo,"neededBy");async function fo(o,e){let t=await G(e).catch(()=>e),r=["/home","/root",...t==="/"?[]:[t]];return o.split(W).length>2&&!r.some(s=>$(o,s)||$(s,o))}n(fo,"holdsOnlyPrograms");function $(o,e){return o===e||o.startsWith(e+W)}n($,"isWithin");async function z(o){return ao(o).then(()=>!0,()=>!1)}n(z,"exists");async function V(o,e){let t=await w(o),r=$o(t,e,await H(o.programs)),i=n(async()=>{r.stdin.end(),await r.exited.catch(()=>{})},"close"),s=n(()=>{i()},"end");o.signal.addEventListener("abort",s,{once:!0});try{let a={method:e,places:t,processId:await go(r),end:s,signal:o.signal};return await b(S(a,{command:"/bin/sh",arguments:["-c",wo,"sh",...o.programs]})),o.signal.throwIfAborted(),{isolation:e.isolation,work:t.work,shared:t.shared,sockets:t.sockets,start:n(c=>S(a,c),"start"),read:n(async c=>(await b(S(a,c))).toString("utf8"),"read"),share:n(async c=>{await f({command:"chmod",arguments:["-R","a+rX","--",c]})},"share"),publish:n(c=>vo(t,e,c),"publish"),close:n(async()=>{o.signal.removeEventListener("abort",s),await i()},"close")}}catch(a){throw o.signal.removeEventListener("abort",s),await i(),a}}n(V,"openIsolated");var g=ho("/bin/bash")?"/bin/bash":"/bin/sh",wo='for program; do [ -x "$program" ] || { echo "another user cannot run $program" >&2; exit 1; }; done';function $o(o,e,t){let[r=g,...i]=[...e.prefix,g],s=[...e.namespaces,"--mount","--pid","--fork","--kill-child","--ipc","--uts","--net"],a=[...t,o.shared,o.published].flatMap(d=>["r",d]),c=["w",o.work,"w",o.sockets];return u({command:r,arguments:[...i,"-c",O,"sh",o.folder,o.socketFolder,String(k()),"unshare",...s,"/bin/sh","-c",_,"sh",K(o.folder),o.root,e.user,"t",o.temporary,...a,...c],stdin:"pipe",directory:"/",ownGroup:!0,explain:n((d,m)=>new l("sandbox/not-started",`${[...e.prefix,"unshare"].join(" ")} ${m}: ${Q(d)}`),"explain")})}n($o,"startKeeper");async function go(o){let e="";for await(let t of o.stdout){e+=String(t);let[,r]=/^ready (\d+)\n/.exec(e)??[];if(r!==void 0)return Number(r)}throw await o.exited,new l("sandbox/not-started","the sandbox ended before it was ready")}n(go,"processIdOf");function S({method:o,places:e,processId:t,end:r,signal:i},s){let[a=g,...c]=[...o.prefix,g],d=["--mount","--pid","--net","--ipc","--uts"],{user:m}=o,[q,J]=m.split(":"),Y=[`--reuid=${q}`,`--regid=${J}`,"--clear-groups","--bounding-set=-all","--inh-caps=-all"],y=u({command:a,arguments:[...c,"-c",j,"sh",K(e.folder),"nsenter",`--target=${t}`,...o.entering,...d,"--","env","-i","PATH=/usr/bin:/bin:/usr/sbin:/sbin","LANG=C.UTF-8","HOME=/tmp","TMPDIR=/tmp","USER=scratch","setpriv","--no-new-privs",...m==="same"?[]:Y,"--",...M(),"/bin/sh","-c",E,"sh",s.command,...s.arguments],stdin:"pipe",...s.stdout&&{stdout:s.stdout},directory:"/",ownGroup:!0,signal:i,end:r,explain:n((Z,oo)=>yo(s,Z,oo),"explain")});return y.stdin.write(xo(s.environment??{})),s.stdin!=="pipe"&&y.stdin.end(),y}n(S,"start");function yo(o,e,t){return o.explain?.(e,t)??new l("tool/failed",`${o.command} ${t}: ${Q(e)}`)}n(yo,"explained");function xo(o){let e=Object.entries(o).flatMap(([t,r])=>r===void 0?[]:[`${t}=${r}`]);if(e.some(t=>t.includes(`
`)))throw new l("internal/bug","an environment variable for the sandbox contains a line break");return`${e.join(`
`)}${e.length>0?`
`:""}
`}n(xo,"variables");async function vo({sockets:o,published:e},t,r){let[i="ln",...s]=[...t.prefix,"ln"],a=D(e,r);if(await f({command:i,arguments:[...s,"-f","-P","-T",D(o,r),a]}),(await bo(a)).isSocket())return a;throw new l("drill/server-failed",`${a} is not a socket`)}n(vo,"publish");function Q(o){return o.trim().split(`
`).slice(-3).join(" \xB7 ")||"no message"}n(Q,"lastWords");import{chown as P,link as ko,lstat as So,readdir as Po}from"node:fs/promises";import{join as F}from"node:path";async function X(o){let e=await w(o),t=process.getuid?.()===0?Fo:void 0,r=u({command:"/bin/sh",arguments:["-c",U,"sh",e.folder,e.socketFolder],stdin:"pipe",stdout:"ignore",directory:"/",ownGroup:!0}),i=new Set,s=n(async()=>{await Promise.all([...i].map(d=>d.stop())),r.stdin.end(),await r.exited.catch(()=>{})},"close"),a=n(()=>{s()},"end");o.signal.addEventListener("abort",a,{once:!0});let c=n(d=>{let m=Mo(d,o.signal,t);return i.add(m),m.exited.catch(()=>{}).finally(()=>i.delete(m)),m},"start");try{t&&await Ro(e,t),o.signal.throwIfAborted()}catch(d){throw await s(),d}return{isolation:"none",work:e.work,shared:e.shared,sockets:e.sockets,start:c,read:n(async d=>(await b(c(d))).toString("utf8"),"read"),share:n(async d=>{await f({command:"chmod",arguments:["-R","a+rX","--",d]})},"share"),publish:n(d=>Lo(e,d),"publish"),close:n(async()=>{o.signal.removeEventListener("abort",a),await s()},"close")}}n(X,"openUnisolated");var Fo={uid:65534,gid:65534};async function Ro(o,{uid:e,gid:t}){for(let r of new Set([o.folder,o.socketFolder]))await P(r,0,t).then(()=>Io(r));for(let r of[o.work,o.sockets])await P(r,e,t);for(let r of await Po(o.work))await P(F(o.work,r),e,t)}n(Ro,"give");async function Io(o){await f({command:"chmod",arguments:["0710","--",o]})}n(Io,"allowPassing");function Mo(o,e,t){let{command:r,arguments:i,...s}=o;return u({...s,command:"/bin/sh",arguments:["-c",A,"sh",r,...i],directory:"/",ownGroup:!0,lifeline:!0,signal:e,...t&&{user:t}})}n(Mo,"startProgram");async function Lo({sockets:o,published:e},t){let r=F(e,t);if(await ko(F(o,t),r),(await So(r)).isSocket())return r;throw new l("drill/server-failed",`${r} is not a socket`)}n(Lo,"publish");var Oo={methods:R,isolated:V,unisolated:X};async function we(o,e=Oo){let{policy:t,signal:r}=o;if(t==="none")return{...await e.unisolated(o),reasons:[]};let i=[];for(let s of await e.methods())try{return{...await e.isolated(o,s),reasons:[]}}catch(a){if(r.throwIfAborted(),x(a).code==="disk/not-writable")throw a;i.push(`${s.display}: ${x(a).message}`)}if(t==="required")throw To(i);return{...await e.unisolated(o),reasons:i}}n(we,"openSandbox");function To(o){return new l("sandbox/unavailable",`this machine cannot isolate a scratch server (${o.join("; ")})`,{hint:"Use Linux with util-linux and root, passwordless sudo or user namespaces, or name a throwaway server with --scratch-url. See docs/isolation.md."})}n(To,"unavailable");export{we as a};
