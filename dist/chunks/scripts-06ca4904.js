import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as P,c as F}from"./methods-35f42067.js";import{c as u,g as f,i as b}from"./child-cb2dd360.js";import{b as l,c as S}from"./failure-codes-aa2bbb4e.js";import{a as n}from"./runtime-01ba4719.js";import{lstat as fo}from"node:fs/promises";import{basename as V,join as Q}from"node:path";import{totalmem as R}from"node:os";var ro=.75;function y(){let o=process.constrainedMemory(),e=o>0?Math.min(o,R()):R();return Math.floor(e*ro)}n(y,"memoryLimit");function M(){return["prlimit",`--as=${y()}`,"--nproc=1024","--core=0","--"]}n(M,"limited");import{chmod as no,mkdir as T,mkdtemp as I,writeFile as L}from"node:fs/promises";import{join as m,resolve as so}from"node:path";var io=80;async function w(o){let e=so(o.temporary);await T(e,{recursive:!0});let t=await I(m(e,o.prefix)),i=Buffer.byteLength(t)>io?await I(m("/tmp",o.prefix)):t,s={folder:t,socketFolder:i,work:m(t,"work"),shared:m(t,"shared"),temporary:m(t,"tmp"),root:m(t,"root"),sockets:m(i,"sockets"),published:m(i,"published")};for(let a of new Set([t,i]))await L(m(a,"pid"),`${process.pid}
`,{mode:384});await h(s.work,448),await h(s.sockets,493),await h(s.shared,493),await h(s.published,493),await h(s.root,493),await h(s.temporary,1023);for(let[a,c]of Object.entries(o.files??{}))await L(m(s.work,a),c,{mode:384});return s}n(w,"makeSandboxFolder");async function h(o,e){await T(o),await no(o,e)}n(h,"makeOpen");var O=`
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
`,U=`
for group in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids; do
  if [ -d "$group/$name" ]; then echo 0 >"$group/$name/cgroup.procs" || :; fi
done 2>/dev/null
{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null || :
`,j=`
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022
name=$1 root=$2 user=$3
shift 3
read -r outside rest </proc/self/stat
${U}
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
`,C=`
name=$1
shift
${U}
exec "$@"
`,_=`
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
(read -r end <&3; kill -QUIT 0; sleep 2; kill -KILL 0) >/dev/null 2>&1 & watcher=$!
exec 3<&-
wait $program; code=$?
kill -KILL $watcher 2>/dev/null
exit $code
`;import{lstat as ao,realpath as W}from"node:fs/promises";import{homedir as G}from"node:os";import{basename as co,dirname as z,join as N,sep as B}from"node:path";var D=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/nix/store","/home/linuxbrew/.linuxbrew"],lo="/var/cache/postgresql",mo=["lib","lib64","libexec","share/postgresql","share/extension"];async function H(o){let e=[...D,lo];for(let r of o){let i=await W(r).catch(()=>r);for(let s of[r,i])e.push(...await po(z(s)))}let t=[];for(let r of new Set(e))await K(r)&&t.push(r);return t.filter(r=>!t.some(i=>i!==r&&g(r,i)))}n(H,"visibleTo");async function po(o){if(D.some(r=>g(o,r)))return[];if(co(o)!=="bin")return[o];let e=z(o);if(await uo(e))return[e];let t=await K(N(e,"share","postgres.bki"))?["share"]:[];return[o,...[...mo,...t].map(r=>N(e,r))]}n(po,"neededBy");async function uo(o){let e=await W(G()).catch(()=>G()),t=["/home","/root",...e==="/"?[]:[e]];return o.split(B).length>2&&!t.some(i=>g(o,i)||g(i,o))}n(uo,"holdsOnlyPrograms");function g(o,e){return o===e||o.startsWith(e+B)}n(g,"isWithin");async function K(o){return ao(o).then(()=>!0,()=>!1)}n(K,"exists");async function X(o,e){let t=await w(o),r=bo(t,e,await H(o.programs)),i=n(async()=>{r.stdin.end(),await r.exited.catch(()=>{})},"close"),s=n(()=>{i()},"end");o.signal.addEventListener("abort",s,{once:!0});try{let a={method:e,places:t,processId:await wo(r),end:s,signal:o.signal};return await b(x(a,{command:"/bin/sh",arguments:["-c",ho,"sh",...o.programs]})),o.signal.throwIfAborted(),{isolation:e.isolation,work:t.work,shared:t.shared,sockets:t.sockets,start:n(c=>x(a,c),"start"),read:n(async c=>(await b(x(a,c))).toString("utf8"),"read"),share:n(async c=>{await f({command:"chmod",arguments:["-R","a+rX","--",c]})},"share"),publish:n(c=>yo(t,e,c),"publish"),close:n(async()=>{o.signal.removeEventListener("abort",s),await i()},"close")}}catch(a){throw o.signal.removeEventListener("abort",s),await i(),a}}n(X,"openIsolated");var ho='for program; do [ -x "$program" ] || { echo "another user cannot run $program" >&2; exit 1; }; done';function bo(o,e,t){let[r="/bin/sh",...i]=[...e.prefix,"/bin/sh"],s=[...e.namespaces,"--mount","--pid","--fork","--kill-child","--ipc","--uts","--net"],a=[...t,o.shared,o.published].flatMap(d=>["r",d]),c=["w",o.work,"w",o.sockets];return u({command:r,arguments:[...i,"-c",O,"sh",o.folder,o.socketFolder,String(y()),"unshare",...s,"/bin/sh","-c",j,"sh",V(o.folder),o.root,e.user,"t",o.temporary,...a,...c],stdin:"pipe",directory:"/",ownGroup:!0,explain:n((d,p)=>new l("sandbox/not-started",`${[...e.prefix,"unshare"].join(" ")} ${p}: ${q(d)}`),"explain")})}n(bo,"startKeeper");async function wo(o){let e="";for await(let t of o.stdout){e+=String(t);let[,r]=/^ready (\d+)\n/.exec(e)??[];if(r!==void 0)return Number(r)}throw await o.exited,new l("sandbox/not-started","the sandbox ended before it was ready")}n(wo,"processIdOf");function x({method:o,places:e,processId:t,end:r,signal:i},s){let[a="/bin/sh",...c]=[...o.prefix,"/bin/sh"],d=["--mount","--pid","--net","--ipc","--uts"],{user:p}=o,[Y,Z]=p.split(":"),oo=[`--reuid=${Y}`,`--regid=${Z}`,"--clear-groups","--bounding-set=-all","--inh-caps=-all"],$=u({command:a,arguments:[...c,"-c",C,"sh",V(e.folder),"nsenter",`--target=${t}`,...o.entering,...d,"--","env","-i","PATH=/usr/bin:/bin:/usr/sbin:/sbin","LANG=C.UTF-8","HOME=/tmp","TMPDIR=/tmp","USER=scratch","setpriv","--no-new-privs",...p==="same"?[]:oo,"--",...M(),"/bin/sh","-c",_,"sh",s.command,...s.arguments],stdin:"pipe",...s.stdout&&{stdout:s.stdout},directory:"/",ownGroup:!0,signal:i,end:r,explain:n((eo,to)=>go(s,eo,to),"explain")});return $.stdin.write($o(s.environment??{})),s.stdin!=="pipe"&&$.stdin.end(),$}n(x,"start");function go(o,e,t){return o.explain?.(e,t)??new l("tool/failed",`${o.command} ${t}: ${q(e)}`)}n(go,"explained");function $o(o){let e=Object.entries(o).flatMap(([t,r])=>r===void 0?[]:[`${t}=${r}`]);if(e.some(t=>t.includes(`
`)))throw new l("internal/bug","an environment variable for the sandbox contains a line break");return`${e.join(`
`)}${e.length>0?`
`:""}
`}n($o,"variables");async function yo({sockets:o,published:e},t,r){let[i="ln",...s]=[...t.prefix,"ln"],a=Q(e,r);if(await f({command:i,arguments:[...s,"-f","-P","-T",Q(o,r),a]}),(await fo(a)).isSocket())return a;throw new l("drill/server-failed",`${a} is not a socket`)}n(yo,"publish");function q(o){return o.trim().split(`
`).slice(-3).join(" \xB7 ")||"no message"}n(q,"lastWords");import{chown as v,link as xo,lstat as vo,readdir as ko}from"node:fs/promises";import{join as k}from"node:path";async function J(o){let e=await w(o),t=process.getuid?.()===0?So(await F()):void 0,r=u({command:"/bin/sh",arguments:["-c",A,"sh",e.folder,e.socketFolder],stdin:"pipe",stdout:"ignore",directory:"/",ownGroup:!0}),i=new Set,s=n(async()=>{await Promise.all([...i].map(d=>d.stop())),r.stdin.end(),await r.exited.catch(()=>{})},"close"),a=n(()=>{s()},"end");o.signal.addEventListener("abort",a,{once:!0});let c=n(d=>{let p=Ro(d,o.signal,t);return i.add(p),p.exited.catch(()=>{}).finally(()=>i.delete(p)),p},"start");try{t&&await Po(e,t),o.signal.throwIfAborted()}catch(d){throw await s(),d}return{isolation:"none",work:e.work,shared:e.shared,sockets:e.sockets,start:c,read:n(async d=>(await b(c(d))).toString("utf8"),"read"),share:n(async d=>{await f({command:"chmod",arguments:["-R","a+rX","--",d]})},"share"),publish:n(d=>Mo(e,d),"publish"),close:n(async()=>{o.signal.removeEventListener("abort",a),await s()},"close")}}n(J,"openUnisolated");function So(o){let[e=0,t=0]=o.split(":").map(Number);return{uid:e,gid:t}}n(So,"userOf");async function Po(o,{uid:e,gid:t}){for(let r of new Set([o.folder,o.socketFolder]))await v(r,0,t).then(()=>Fo(r));for(let r of[o.work,o.sockets])await v(r,e,t);for(let r of await ko(o.work))await v(k(o.work,r),e,t)}n(Po,"give");async function Fo(o){await f({command:"chmod",arguments:["0710","--",o]})}n(Fo,"allowPassing");function Ro(o,e,t){let{command:r,arguments:i,...s}=o;return u({...s,command:"/bin/sh",arguments:["-c",E,"sh",r,...i],directory:"/",ownGroup:!0,lifeline:!0,signal:e,...t&&{user:t}})}n(Ro,"startProgram");async function Mo({sockets:o,published:e},t){let r=k(e,t);if(await xo(k(o,t),r),(await vo(r)).isSocket())return r;throw new l("drill/server-failed",`${r} is not a socket`)}n(Mo,"publish");var Io={methods:P,isolated:X,unisolated:J};async function ue(o,e=Io){let{policy:t,signal:r}=o;if(t==="none")return{...await e.unisolated(o),reasons:[]};let i=[];for(let s of await e.methods())try{return{...await e.isolated(o,s),reasons:[]}}catch(a){r.throwIfAborted(),i.push(`${s.display}: ${S(a).message}`)}if(t==="required")throw Lo(i);return{...await e.unisolated(o),reasons:i}}n(ue,"openSandbox");function Lo(o){return new l("sandbox/unavailable",`this machine cannot isolate a scratch server (${o.join("; ")})`,{hint:"Use Linux with util-linux and root, passwordless sudo or user namespaces, or name a throwaway server with --scratch-url. See docs/isolation.md."})}n(Lo,"unavailable");export{ue as a};
