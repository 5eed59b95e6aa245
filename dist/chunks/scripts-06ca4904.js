import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as F,c as R}from"./methods-35f42067.js";import{b as y}from"./leftovers-0a6bcecd.js";import{c as u,g as f,i as b}from"./child-cb2dd360.js";import{b as l,c as P}from"./failure-codes-aa2bbb4e.js";import{a as n}from"./runtime-01ba4719.js";import{lstat as uo}from"node:fs/promises";import{basename as K,join as H}from"node:path";import{totalmem as M}from"node:os";var eo=.75;function x(){let o=process.constrainedMemory(),e=o>0?Math.min(o,M()):M();return Math.floor(e*eo)}n(x,"memoryLimit");function I(){return["prlimit",`--as=${x()}`,"--nproc=1024","--core=0","--"]}n(I,"limited");import{chmod as to,mkdir as ro,writeFile as no}from"node:fs/promises";import{join as p}from"node:path";var io=80;async function w(o){let e=await y(o.temporary,o.prefix),t=Buffer.byteLength(e)>io?await y("/tmp",o.prefix):e,i={folder:e,socketFolder:t,work:p(e,"work"),shared:p(e,"shared"),temporary:p(e,"tmp"),root:p(e,"root"),sockets:p(t,"sockets"),published:p(t,"published")};await h(i.work,448),await h(i.sockets,493),await h(i.shared,493),await h(i.published,493),await h(i.root,493),await h(i.temporary,1023);for(let[s,a]of Object.entries(o.files??{}))await no(p(i.work,s),a,{mode:384});return i}n(w,"makeSandboxFolder");async function h(o,e){await ro(o,{mode:448}),await to(o,e)}n(h,"makeOpen");var L=`
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
`,O=`
for group in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids; do
  if [ -d "$group/$name" ]; then echo 0 >"$group/$name/cgroup.procs" || :; fi
done 2>/dev/null
{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null || :
`,T=`
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022
name=$1 root=$2 user=$3
shift 3
read -r outside rest </proc/self/stat
${O}
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
`,U=`
name=$1
shift
${O}
exec "$@"
`,j=`
while IFS= read -r line && [ -n "$line" ]; do export "$line"; done
exec "$@"
`,C=`
read -r end
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  rm -rf -- "$1" "$2" 2>/dev/null
  [ -e "$1" ] || [ -e "$2" ] || exit 0
  sleep 0.2
done
`,_=`
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
`;import{lstat as so,realpath as G}from"node:fs/promises";import{homedir as A}from"node:os";import{basename as ao,dirname as N,join as E,sep as W}from"node:path";var z=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/nix/store","/home/linuxbrew/.linuxbrew"],co="/var/cache/postgresql",lo=["lib","lib64","libexec","share/postgresql","share/extension"];async function B(o){let e=[...z,co];for(let t of o){let i=await G(t).catch(()=>t);for(let s of[t,i])e.push(...await mo(N(s)))}let r=[];for(let t of new Set(e))await D(t)&&r.push(t);return r.filter(t=>!r.some(i=>i!==t&&g(t,i)))}n(B,"visibleTo");async function mo(o){if(z.some(t=>g(o,t)))return[];if(ao(o)!=="bin")return[o];let e=N(o);if(await po(e))return[e];let r=await D(E(e,"share","postgres.bki"))?["share"]:[];return[o,...[...lo,...r].map(t=>E(e,t))]}n(mo,"neededBy");async function po(o){let e=await G(A()).catch(()=>A()),r=["/home","/root",...e==="/"?[]:[e]];return o.split(W).length>2&&!r.some(i=>g(o,i)||g(i,o))}n(po,"holdsOnlyPrograms");function g(o,e){return o===e||o.startsWith(e+W)}n(g,"isWithin");async function D(o){return so(o).then(()=>!0,()=>!1)}n(D,"exists");async function Q(o,e){let r=await w(o),t=ho(r,e,await B(o.programs)),i=n(async()=>{t.stdin.end(),await t.exited.catch(()=>{})},"close"),s=n(()=>{i()},"end");o.signal.addEventListener("abort",s,{once:!0});try{let a={method:e,places:r,processId:await bo(t),end:s,signal:o.signal};return await b(v(a,{command:"/bin/sh",arguments:["-c",fo,"sh",...o.programs]})),o.signal.throwIfAborted(),{isolation:e.isolation,work:r.work,shared:r.shared,sockets:r.sockets,start:n(c=>v(a,c),"start"),read:n(async c=>(await b(v(a,c))).toString("utf8"),"read"),share:n(async c=>{await f({command:"chmod",arguments:["-R","a+rX","--",c]})},"share"),publish:n(c=>$o(r,e,c),"publish"),close:n(async()=>{o.signal.removeEventListener("abort",s),await i()},"close")}}catch(a){throw o.signal.removeEventListener("abort",s),await i(),a}}n(Q,"openIsolated");var fo='for program; do [ -x "$program" ] || { echo "another user cannot run $program" >&2; exit 1; }; done';function ho(o,e,r){let[t="/bin/sh",...i]=[...e.prefix,"/bin/sh"],s=[...e.namespaces,"--mount","--pid","--fork","--kill-child","--ipc","--uts","--net"],a=[...r,o.shared,o.published].flatMap(d=>["r",d]),c=["w",o.work,"w",o.sockets];return u({command:t,arguments:[...i,"-c",L,"sh",o.folder,o.socketFolder,String(x()),"unshare",...s,"/bin/sh","-c",T,"sh",K(o.folder),o.root,e.user,"t",o.temporary,...a,...c],stdin:"pipe",directory:"/",ownGroup:!0,explain:n((d,m)=>new l("sandbox/not-started",`${[...e.prefix,"unshare"].join(" ")} ${m}: ${V(d)}`),"explain")})}n(ho,"startKeeper");async function bo(o){let e="";for await(let r of o.stdout){e+=String(r);let[,t]=/^ready (\d+)\n/.exec(e)??[];if(t!==void 0)return Number(t)}throw await o.exited,new l("sandbox/not-started","the sandbox ended before it was ready")}n(bo,"processIdOf");function v({method:o,places:e,processId:r,end:t,signal:i},s){let[a="/bin/sh",...c]=[...o.prefix,"/bin/sh"],d=["--mount","--pid","--net","--ipc","--uts"],{user:m}=o,[q,J]=m.split(":"),Y=[`--reuid=${q}`,`--regid=${J}`,"--clear-groups","--bounding-set=-all","--inh-caps=-all"],$=u({command:a,arguments:[...c,"-c",U,"sh",K(e.folder),"nsenter",`--target=${r}`,...o.entering,...d,"--","env","-i","PATH=/usr/bin:/bin:/usr/sbin:/sbin","LANG=C.UTF-8","HOME=/tmp","TMPDIR=/tmp","USER=scratch","setpriv","--no-new-privs",...m==="same"?[]:Y,"--",...I(),"/bin/sh","-c",j,"sh",s.command,...s.arguments],stdin:"pipe",...s.stdout&&{stdout:s.stdout},directory:"/",ownGroup:!0,signal:i,end:t,explain:n((Z,oo)=>wo(s,Z,oo),"explain")});return $.stdin.write(go(s.environment??{})),s.stdin!=="pipe"&&$.stdin.end(),$}n(v,"start");function wo(o,e,r){return o.explain?.(e,r)??new l("tool/failed",`${o.command} ${r}: ${V(e)}`)}n(wo,"explained");function go(o){let e=Object.entries(o).flatMap(([r,t])=>t===void 0?[]:[`${r}=${t}`]);if(e.some(r=>r.includes(`
`)))throw new l("internal/bug","an environment variable for the sandbox contains a line break");return`${e.join(`
`)}${e.length>0?`
`:""}
`}n(go,"variables");async function $o({sockets:o,published:e},r,t){let[i="ln",...s]=[...r.prefix,"ln"],a=H(e,t);if(await f({command:i,arguments:[...s,"-f","-P","-T",H(o,t),a]}),(await uo(a)).isSocket())return a;throw new l("drill/server-failed",`${a} is not a socket`)}n($o,"publish");function V(o){return o.trim().split(`
`).slice(-3).join(" \xB7 ")||"no message"}n(V,"lastWords");import{chown as k,link as yo,lstat as xo,readdir as vo}from"node:fs/promises";import{join as S}from"node:path";async function X(o){let e=await w(o),r=process.getuid?.()===0?ko(await R()):void 0,t=u({command:"/bin/sh",arguments:["-c",C,"sh",e.folder,e.socketFolder],stdin:"pipe",stdout:"ignore",directory:"/",ownGroup:!0}),i=new Set,s=n(async()=>{await Promise.all([...i].map(d=>d.stop())),t.stdin.end(),await t.exited.catch(()=>{})},"close"),a=n(()=>{s()},"end");o.signal.addEventListener("abort",a,{once:!0});let c=n(d=>{let m=Fo(d,o.signal,r);return i.add(m),m.exited.catch(()=>{}).finally(()=>i.delete(m)),m},"start");try{r&&await So(e,r),o.signal.throwIfAborted()}catch(d){throw await s(),d}return{isolation:"none",work:e.work,shared:e.shared,sockets:e.sockets,start:c,read:n(async d=>(await b(c(d))).toString("utf8"),"read"),share:n(async d=>{await f({command:"chmod",arguments:["-R","a+rX","--",d]})},"share"),publish:n(d=>Ro(e,d),"publish"),close:n(async()=>{o.signal.removeEventListener("abort",a),await s()},"close")}}n(X,"openUnisolated");function ko(o){let[e=0,r=0]=o.split(":").map(Number);return{uid:e,gid:r}}n(ko,"userOf");async function So(o,{uid:e,gid:r}){for(let t of new Set([o.folder,o.socketFolder]))await k(t,0,r).then(()=>Po(t));for(let t of[o.work,o.sockets])await k(t,e,r);for(let t of await vo(o.work))await k(S(o.work,t),e,r)}n(So,"give");async function Po(o){await f({command:"chmod",arguments:["0710","--",o]})}n(Po,"allowPassing");function Fo(o,e,r){let{command:t,arguments:i,...s}=o;return u({...s,command:"/bin/sh",arguments:["-c",_,"sh",t,...i],directory:"/",ownGroup:!0,lifeline:!0,signal:e,...r&&{user:r}})}n(Fo,"startProgram");async function Ro({sockets:o,published:e},r){let t=S(e,r);if(await yo(S(o,r),t),(await xo(t)).isSocket())return t;throw new l("drill/server-failed",`${t} is not a socket`)}n(Ro,"publish");var Mo={methods:F,isolated:Q,unisolated:X};async function ue(o,e=Mo){let{policy:r,signal:t}=o;if(r==="none")return{...await e.unisolated(o),reasons:[]};let i=[];for(let s of await e.methods())try{return{...await e.isolated(o,s),reasons:[]}}catch(a){t.throwIfAborted(),i.push(`${s.display}: ${P(a).message}`)}if(r==="required")throw Io(i);return{...await e.unisolated(o),reasons:i}}n(ue,"openSandbox");function Io(o){return new l("sandbox/unavailable",`this machine cannot isolate a scratch server (${o.join("; ")})`,{hint:"Use Linux with util-linux and root, passwordless sudo or user namespaces, or name a throwaway server with --scratch-url. See docs/isolation.md."})}n(Io,"unavailable");export{ue as a};
