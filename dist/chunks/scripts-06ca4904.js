import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as R}from"./methods-35f42067.js";import{b as x}from"./leftovers-0a6bcecd.js";import{c as f,i as h,k as b}from"./child-cb2dd360.js";import{b as l,c as y}from"./failure-codes-aa2bbb4e.js";import{a as r}from"./runtime-01ba4719.js";import{existsSync as bo}from"node:fs";import{lstat as D}from"node:fs/promises";import{basename as V,join as K}from"node:path";import{totalmem as I}from"node:os";var no=.75;function v(){let o=process.constrainedMemory(),e=o>0?Math.min(o,I()):I();return Math.floor(e*no)}r(v,"memoryLimit");function M(){return["prlimit",`--as=${v()}`,"--nproc=1024","--core=0","--"]}r(M,"limited");import{chmod as ro,mkdir as io,writeFile as so}from"node:fs/promises";import{join as p}from"node:path";var ao=80;async function g(o){let e=await x(o.temporary,o.prefix).catch(s=>{throw co(o.temporary,s)}),n=Buffer.byteLength(e)>ao?await x("/tmp",o.prefix):e,i={folder:e,socketFolder:n,work:p(e,"work"),shared:p(e,"shared"),temporary:p(e,"tmp"),root:p(e,"root"),sockets:p(n,"sockets"),published:p(n,"published")};await w(i.work,448),await w(i.sockets,493),await w(i.shared,493),await w(i.published,493),await w(i.root,493),await w(i.temporary,1023);for(let[s,a]of Object.entries(o.files??{}))await so(p(i.work,s),a,{mode:384});return i}r(g,"makeSandboxFolder");function co(o,e){return new l("disk/not-writable",`could not create a folder in ${o}: ${e.message}`,{hint:"Make the folder writable, or name another one with --temporary.",cause:e})}r(co,"notWritable");async function w(o,e){await io(o,{mode:448}),await ro(o,e)}r(w,"makeOpen");var L=`
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
`;import{lstat as lo,realpath as G}from"node:fs/promises";import{homedir as mo}from"node:os";import{basename as po,dirname as N,join as U,sep as W}from"node:path";var z=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/nix/store","/home/linuxbrew/.linuxbrew"],uo="/var/cache/postgresql",fo=["lib","lib64","libexec","share/postgresql","share/extension"];async function B(o,e=mo()){let t=[...z,uo];for(let i of o){let s=await G(i).catch(()=>i);for(let a of[i,s])t.push(...await ho(N(a),e))}let n=[];for(let i of new Set(t))await H(i)&&n.push(i);return n.filter(i=>!n.some(s=>s!==i&&$(i,s)))}r(B,"visibleTo");async function ho(o,e){if(z.some(i=>$(o,i)))return[];if(po(o)!=="bin")return[o];let t=N(o);if(await wo(t,e))return[t];let n=await H(U(t,"share","postgres.bki"))?["share"]:[];return[o,...[...fo,...n].map(i=>U(t,i))]}r(ho,"neededBy");async function wo(o,e){let t=await G(e).catch(()=>e),n=["/home","/root",...t==="/"?[]:[t]];return o.split(W).length>2&&!n.some(s=>$(o,s)||$(s,o))}r(wo,"holdsOnlyPrograms");function $(o,e){return o===e||o.startsWith(e+W)}r($,"isWithin");async function H(o){return lo(o).then(()=>!0,()=>!1)}r(H,"exists");async function Q(o,e){let t=await g(o),n=$o(t,e,await B(o.programs)),i=new Set,s=r(async()=>{n.stdin.end(),await n.exited.catch(()=>{}),await Promise.allSettled([...i].map(({exited:c})=>c))},"close"),a=r(()=>{s()},"end");o.signal.addEventListener("abort",a,{once:!0});try{let c={method:e,places:t,processId:await xo(n),children:i,end:a,signal:o.signal};return o.signal.throwIfAborted(),await b(k(c,{command:"/bin/sh",arguments:["-c",go,"sh",...o.programs]})),o.signal.throwIfAborted(),{isolation:e.isolation,work:t.work,shared:t.shared,sockets:t.sockets,start:r(d=>k(c,d),"start"),read:r(async d=>(await b(k(c,d))).toString("utf8"),"read"),share:r(async d=>{await h({command:"chmod",arguments:["-R","a+rX","--",d]})},"share"),publish:r(d=>So(t,e,d),"publish"),close:r(async()=>{o.signal.removeEventListener("abort",a),await s()},"close")}}catch(c){throw o.signal.removeEventListener("abort",a),await s(),c}}r(Q,"openIsolated");var X=bo("/bin/bash")?["/bin/bash","--norc"]:["/bin/sh"],go='for program; do [ -x "$program" ] || { echo "the sandbox user cannot run $program" >&2; exit 1; }; done';function $o(o,e,t){let[n="",...i]=[...e.prefix,...X],s=[...e.namespaces,"--mount","--pid","--fork","--kill-child","--ipc","--uts","--net"],a=[...t,o.shared,o.published].flatMap(d=>["r",d]),c=["w",o.work,"w",o.sockets];return f({command:n,arguments:[...i,"-c",O,"sh",o.folder,o.socketFolder,String(v()),e.user==="same"?"no":"yes","unshare",...s,"/bin/sh","-c",T,"sh",V(o.folder),o.root,e.user,yo(e),o.temporary,...a,...c],stdin:"pipe",directory:"/",ownGroup:!0,explain:r((d,m)=>new l("sandbox/not-started",`${[...e.prefix,"unshare"].join(" ")} ${m}: ${J(d)}`),"explain")})}r($o,"startKeeper");function yo({user:o}){return o==="same"?`${process.getuid?.()}:${process.getgid?.()}`:o}r(yo,"idsOf");async function xo(o){let e="";for await(let t of o.stdout){e+=String(t);let[,n]=/^ready (\d+)\n/.exec(e)??[];if(n!==void 0)return Number(n)}throw await o.exited,new l("sandbox/not-started","the sandbox ended before it was ready")}r(xo,"processIdOf");function k({method:o,places:e,processId:t,children:n,end:i,signal:s},a){let[c="",...d]=[...o.prefix,...X],m=["--mount","--pid","--net","--ipc","--uts"],{user:F}=o,[Z,q]=F.split(":"),oo=[`--reuid=${Z}`,`--regid=${q}`,"--clear-groups","--bounding-set=-all","--inh-caps=-all"],u=f({command:c,arguments:[...d,"-c",C,"sh",V(e.folder),"nsenter",`--target=${t}`,...o.entering,...m,"--","env","-i","PATH=/usr/bin:/bin:/usr/sbin:/sbin","LANG=C.UTF-8","HOME=/tmp","TMPDIR=/tmp","USER=scratch","setpriv","--no-new-privs",...F==="same"?[]:oo,"--",...M(),"/bin/sh","-c",j,"sh",a.command,...a.arguments],stdin:"pipe",...a.stdout&&{stdout:a.stdout},directory:"/",ownGroup:!0,signal:s,end:i,explain:r((eo,to)=>vo(a,eo,to),"explain")});return n.add(u),u.exited.catch(()=>{}).finally(()=>n.delete(u)),u.stdin.write(ko(a.environment??{})),a.stdin!=="pipe"&&u.stdin.end(),u}r(k,"start");function vo(o,e,t){return o.explain?.(e,t)??new l("tool/failed",`${o.command} ${t}: ${J(e)}`)}r(vo,"explained");function ko(o){let e=Object.entries(o).flatMap(([t,n])=>n===void 0?[]:[`${t}=${n}`]);if(e.some(t=>t.includes(`
`)))throw new l("internal/bug","an environment variable for the sandbox contains a line break");return`${e.join(`
`)}${e.length>0?`
`:""}
`}r(ko,"variables");async function So({sockets:o,published:e},t,n){let i=K(o,n);await D(i).catch(d=>{throw new l("drill/server-failed",`${i} does not exist`,{cause:d})});let[s="ln",...a]=[...t.prefix,"ln"],c=K(e,n);if(await h({command:s,arguments:[...a,"-f","-P","-T",i,c]}),(await D(c)).isSocket())return c;throw new l("drill/server-failed",`${c} is not a socket`)}r(So,"publish");function J(o){return o.trim().split(`
`).slice(-3).join(" \xB7 ")||"no message"}r(J,"lastWords");import{chown as S,link as Po,lstat as Fo,readdir as Ro}from"node:fs/promises";import{join as P}from"node:path";async function Y(o){let e=await g(o),t=process.getuid?.()===0?Io:void 0,n=f({command:"/bin/sh",arguments:["-c",A,"sh",e.folder,e.socketFolder],stdin:"pipe",stdout:"ignore",directory:"/",ownGroup:!0}),i=new Set,s=r(async()=>{await Promise.all([...i].map(d=>d.stop())),n.stdin.end(),await n.exited.catch(()=>{})},"close"),a=r(()=>{s()},"end");o.signal.addEventListener("abort",a,{once:!0});let c=r(d=>{let m=Oo(d,o.signal,t);return i.add(m),m.exited.catch(()=>{}).finally(()=>i.delete(m)),m},"start");try{t&&await Mo(e,t),o.signal.throwIfAborted()}catch(d){throw await s(),d}return{isolation:"none",work:e.work,shared:e.shared,sockets:e.sockets,start:c,read:r(async d=>(await b(c(d))).toString("utf8"),"read"),share:r(async d=>{await h({command:"chmod",arguments:["-R","a+rX","--",d]})},"share"),publish:r(d=>_o(e,d),"publish"),close:r(async()=>{o.signal.removeEventListener("abort",a),await s()},"close")}}r(Y,"openUnisolated");var Io={uid:65534,gid:65534};async function Mo(o,{uid:e,gid:t}){for(let n of new Set([o.folder,o.socketFolder]))await S(n,0,t).then(()=>Lo(n));for(let n of[o.work,o.sockets])await S(n,e,t);for(let n of await Ro(o.work))await S(P(o.work,n),e,t)}r(Mo,"give");async function Lo(o){await h({command:"chmod",arguments:["0710","--",o]})}r(Lo,"allowPassing");function Oo(o,e,t){let{command:n,arguments:i,...s}=o;return f({...s,command:"/bin/sh",arguments:["-c",E,"sh",n,...i],directory:"/",ownGroup:!0,lifeline:!0,signal:e,...t&&{user:t}})}r(Oo,"startProgram");async function _o({sockets:o,published:e},t){let n=P(e,t);if(await Po(P(o,t),n),(await Fo(n)).isSocket())return n;throw new l("drill/server-failed",`${n} is not a socket`)}r(_o,"publish");var To={methods:R,isolated:Q,unisolated:Y};async function $e(o,e=To){let{policy:t,signal:n}=o;if(t==="none")return{...await e.unisolated(o),reasons:[]};let i=[];for(let s of await e.methods())try{return{...await e.isolated(o,s),reasons:[]}}catch(a){if(n.throwIfAborted(),y(a).code==="disk/not-writable")throw a;i.push(`${s.display}: ${y(a).message}`)}if(t==="required")throw Co(i);return{...await e.unisolated(o),reasons:i}}r($e,"openSandbox");function Co(o){return new l("sandbox/unavailable",`no sandbox is available for scratch servers on this machine (${o.join("; ")})`,{hint:"Use Linux with util-linux and root, passwordless sudo or user namespaces, or name a throwaway server with --scratch-url. See docs/isolation.md."})}r(Co,"unavailable");export{$e as a};
