import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as I}from"./methods-35f42067.js";import{b as v}from"./leftovers-0a6bcecd.js";import{c as f,g as h,i as w}from"./child-cb2dd360.js";import{b as l,c as x}from"./failure-codes-aa2bbb4e.js";import{a as r}from"./runtime-01ba4719.js";import{existsSync as bo}from"node:fs";import{lstat as wo}from"node:fs/promises";import{basename as V,join as K}from"node:path";import{totalmem as M}from"node:os";var to=.75;function k(){let o=process.constrainedMemory(),e=o>0?Math.min(o,M()):M();return Math.floor(e*to)}r(k,"memoryLimit");function L(){return["prlimit",`--as=${k()}`,"--nproc=1024","--core=0","--"]}r(L,"limited");import{chmod as no,mkdir as ro,writeFile as io}from"node:fs/promises";import{join as p}from"node:path";var so=80;async function g(o){let e=await v(o.temporary,o.prefix).catch(s=>{throw ao(o.temporary,s)}),n=Buffer.byteLength(e)>so?await v("/tmp",o.prefix):e,i={folder:e,socketFolder:n,work:p(e,"work"),shared:p(e,"shared"),temporary:p(e,"tmp"),root:p(e,"root"),sockets:p(n,"sockets"),published:p(n,"published")};await b(i.work,448),await b(i.sockets,493),await b(i.shared,493),await b(i.published,493),await b(i.root,493),await b(i.temporary,1023);for(let[s,a]of Object.entries(o.files??{}))await io(p(i.work,s),a,{mode:384});return i}r(g,"makeSandboxFolder");function ao(o,e){return new l("disk/not-writable",`could not create a folder in ${o}: ${e.message}`,{hint:"Make the folder writable, or name another one with --temporary.",cause:e})}r(ao,"notWritable");async function b(o,e){await ro(o,{mode:448}),await no(o,e)}r(b,"makeOpen");var O=`
if [ -n "\${BASH_VERSION-}" ]; then
  for descriptor in /proc/self/fd/*; do
    descriptor=\${descriptor##*/}
    if [ "$descriptor" -gt 2 ]; then eval "exec $descriptor>&-"; fi
  done
else
  exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
fi
`,_=`
${O}
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
`,T=`
for group in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids; do
  if [ -d "$group/$name" ]; then echo 0 >"$group/$name/cgroup.procs" || :; fi
done 2>/dev/null
{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null || :
`,C=`
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022
name=$1 root=$2 user=$3 name_id=$4 tmp=$5
shift 5
read -r outside rest </proc/self/stat
${T}
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
${O}
${T}
exec "$@"
`,A=`
while IFS= read -r line && [ -n "$line" ]; do export "$line"; done
exec "$@"
`,E=`
read -r end
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  rm -rf -- "$1" "$2" 2>/dev/null
  [ -e "$1" ] || [ -e "$2" ] || exit 0
  sleep 0.2
done
`,U=`
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
`;import{lstat as co,realpath as N}from"node:fs/promises";import{homedir as lo}from"node:os";import{basename as mo,dirname as W,join as G,sep as z}from"node:path";var B=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/nix/store","/home/linuxbrew/.linuxbrew"],po="/var/cache/postgresql",uo=["lib","lib64","libexec","share/postgresql","share/extension"];async function H(o,e=lo()){let t=[...B,po];for(let i of o){let s=await N(i).catch(()=>i);for(let a of[i,s])t.push(...await fo(W(a),e))}let n=[];for(let i of new Set(t))await D(i)&&n.push(i);return n.filter(i=>!n.some(s=>s!==i&&$(i,s)))}r(H,"visibleTo");async function fo(o,e){if(B.some(i=>$(o,i)))return[];if(mo(o)!=="bin")return[o];let t=W(o);if(await ho(t,e))return[t];let n=await D(G(t,"share","postgres.bki"))?["share"]:[];return[o,...[...uo,...n].map(i=>G(t,i))]}r(fo,"neededBy");async function ho(o,e){let t=await N(e).catch(()=>e),n=["/home","/root",...t==="/"?[]:[t]];return o.split(z).length>2&&!n.some(s=>$(o,s)||$(s,o))}r(ho,"holdsOnlyPrograms");function $(o,e){return o===e||o.startsWith(e+z)}r($,"isWithin");async function D(o){return co(o).then(()=>!0,()=>!1)}r(D,"exists");async function Q(o,e){let t=await g(o),n=$o(t,e,await H(o.programs)),i=new Set,s=r(async()=>{n.stdin.end(),await n.exited.catch(()=>{}),await Promise.allSettled([...i].map(({exited:c})=>c))},"close"),a=r(()=>{s()},"end");o.signal.addEventListener("abort",a,{once:!0});try{let c={method:e,places:t,processId:await xo(n),children:i,end:a,signal:o.signal};return o.signal.throwIfAborted(),await w(S(c,{command:"/bin/sh",arguments:["-c",go,"sh",...o.programs]})),o.signal.throwIfAborted(),{isolation:e.isolation,work:t.work,shared:t.shared,sockets:t.sockets,start:r(d=>S(c,d),"start"),read:r(async d=>(await w(S(c,d))).toString("utf8"),"read"),share:r(async d=>{await h({command:"chmod",arguments:["-R","a+rX","--",d]})},"share"),publish:r(d=>So(t,e,d),"publish"),close:r(async()=>{o.signal.removeEventListener("abort",a),await s()},"close")}}catch(c){throw o.signal.removeEventListener("abort",a),await s(),c}}r(Q,"openIsolated");var y=bo("/bin/bash")?"/bin/bash":"/bin/sh",go='for program; do [ -x "$program" ] || { echo "the sandbox user cannot run $program" >&2; exit 1; }; done';function $o(o,e,t){let[n=y,...i]=[...e.prefix,y],s=[...e.namespaces,"--mount","--pid","--fork","--kill-child","--ipc","--uts","--net"],a=[...t,o.shared,o.published].flatMap(d=>["r",d]),c=["w",o.work,"w",o.sockets];return f({command:n,arguments:[...i,"-c",_,"sh",o.folder,o.socketFolder,String(k()),e.user==="same"?"no":"yes","unshare",...s,"/bin/sh","-c",C,"sh",V(o.folder),o.root,e.user,yo(e),o.temporary,...a,...c],stdin:"pipe",directory:"/",ownGroup:!0,explain:r((d,m)=>new l("sandbox/not-started",`${[...e.prefix,"unshare"].join(" ")} ${m}: ${X(d)}`),"explain")})}r($o,"startKeeper");function yo({user:o}){return o==="same"?`${process.getuid?.()}:${process.getgid?.()}`:o}r(yo,"idsOf");async function xo(o){let e="";for await(let t of o.stdout){e+=String(t);let[,n]=/^ready (\d+)\n/.exec(e)??[];if(n!==void 0)return Number(n)}throw await o.exited,new l("sandbox/not-started","the sandbox ended before it was ready")}r(xo,"processIdOf");function S({method:o,places:e,processId:t,children:n,end:i,signal:s},a){let[c=y,...d]=[...o.prefix,y],m=["--mount","--pid","--net","--ipc","--uts"],{user:R}=o,[Y,Z]=R.split(":"),q=[`--reuid=${Y}`,`--regid=${Z}`,"--clear-groups","--bounding-set=-all","--inh-caps=-all"],u=f({command:c,arguments:[...d,"-c",j,"sh",V(e.folder),"nsenter",`--target=${t}`,...o.entering,...m,"--","env","-i","PATH=/usr/bin:/bin:/usr/sbin:/sbin","LANG=C.UTF-8","HOME=/tmp","TMPDIR=/tmp","USER=scratch","setpriv","--no-new-privs",...R==="same"?[]:q,"--",...L(),"/bin/sh","-c",A,"sh",a.command,...a.arguments],stdin:"pipe",...a.stdout&&{stdout:a.stdout},directory:"/",ownGroup:!0,signal:s,end:i,explain:r((oo,eo)=>vo(a,oo,eo),"explain")});return n.add(u),u.exited.catch(()=>{}).finally(()=>n.delete(u)),u.stdin.write(ko(a.environment??{})),a.stdin!=="pipe"&&u.stdin.end(),u}r(S,"start");function vo(o,e,t){return o.explain?.(e,t)??new l("tool/failed",`${o.command} ${t}: ${X(e)}`)}r(vo,"explained");function ko(o){let e=Object.entries(o).flatMap(([t,n])=>n===void 0?[]:[`${t}=${n}`]);if(e.some(t=>t.includes(`
`)))throw new l("internal/bug","an environment variable for the sandbox contains a line break");return`${e.join(`
`)}${e.length>0?`
`:""}
`}r(ko,"variables");async function So({sockets:o,published:e},t,n){let[i="ln",...s]=[...t.prefix,"ln"],a=K(e,n);if(await h({command:i,arguments:[...s,"-f","-P","-T",K(o,n),a]}),(await wo(a)).isSocket())return a;throw new l("drill/server-failed",`${a} is not a socket`)}r(So,"publish");function X(o){return o.trim().split(`
`).slice(-3).join(" \xB7 ")||"no message"}r(X,"lastWords");import{chown as P,link as Po,lstat as Fo,readdir as Ro}from"node:fs/promises";import{join as F}from"node:path";async function J(o){let e=await g(o),t=process.getuid?.()===0?Io:void 0,n=f({command:"/bin/sh",arguments:["-c",E,"sh",e.folder,e.socketFolder],stdin:"pipe",stdout:"ignore",directory:"/",ownGroup:!0}),i=new Set,s=r(async()=>{await Promise.all([...i].map(d=>d.stop())),n.stdin.end(),await n.exited.catch(()=>{})},"close"),a=r(()=>{s()},"end");o.signal.addEventListener("abort",a,{once:!0});let c=r(d=>{let m=Oo(d,o.signal,t);return i.add(m),m.exited.catch(()=>{}).finally(()=>i.delete(m)),m},"start");try{t&&await Mo(e,t),o.signal.throwIfAborted()}catch(d){throw await s(),d}return{isolation:"none",work:e.work,shared:e.shared,sockets:e.sockets,start:c,read:r(async d=>(await w(c(d))).toString("utf8"),"read"),share:r(async d=>{await h({command:"chmod",arguments:["-R","a+rX","--",d]})},"share"),publish:r(d=>_o(e,d),"publish"),close:r(async()=>{o.signal.removeEventListener("abort",a),await s()},"close")}}r(J,"openUnisolated");var Io={uid:65534,gid:65534};async function Mo(o,{uid:e,gid:t}){for(let n of new Set([o.folder,o.socketFolder]))await P(n,0,t).then(()=>Lo(n));for(let n of[o.work,o.sockets])await P(n,e,t);for(let n of await Ro(o.work))await P(F(o.work,n),e,t)}r(Mo,"give");async function Lo(o){await h({command:"chmod",arguments:["0710","--",o]})}r(Lo,"allowPassing");function Oo(o,e,t){let{command:n,arguments:i,...s}=o;return f({...s,command:"/bin/sh",arguments:["-c",U,"sh",n,...i],directory:"/",ownGroup:!0,lifeline:!0,signal:e,...t&&{user:t}})}r(Oo,"startProgram");async function _o({sockets:o,published:e},t){let n=F(e,t);if(await Po(F(o,t),n),(await Fo(n)).isSocket())return n;throw new l("drill/server-failed",`${n} is not a socket`)}r(_o,"publish");var To={methods:I,isolated:Q,unisolated:J};async function $e(o,e=To){let{policy:t,signal:n}=o;if(t==="none")return{...await e.unisolated(o),reasons:[]};let i=[];for(let s of await e.methods())try{return{...await e.isolated(o,s),reasons:[]}}catch(a){if(n.throwIfAborted(),x(a).code==="disk/not-writable")throw a;i.push(`${s.display}: ${x(a).message}`)}if(t==="required")throw Co(i);return{...await e.unisolated(o),reasons:i}}r($e,"openSandbox");function Co(o){return new l("sandbox/unavailable",`no sandbox is available for scratch servers on this machine (${o.join("; ")})`,{hint:"Use Linux with util-linux and root, passwordless sudo or user namespaces, or name a throwaway server with --scratch-url. See docs/isolation.md."})}r(Co,"unavailable");export{$e as a};
