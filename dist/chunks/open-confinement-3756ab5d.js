import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as y,b as H}from"./methods-35f42067.js";import{a as h,c as b,g}from"./child-cb2dd360.js";import{b as m,c as w}from"./failure-codes-aa2bbb4e.js";import{a as r}from"./runtime-01ba4719.js";import{homedir as Re}from"node:os";import{randomBytes as re}from"node:crypto";import{rm as ie}from"node:fs/promises";import{join as G}from"node:path";var L=`
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1 inside=$2 user=$3 network=$4 state=$5 node=$6 warden=$7
shift 7
for part in checkout home tmp; do
  [ -d "$inside/$part" ] && [ ! -L "$inside/$part" ] && continue
  echo "$inside/$part is not a directory" >&2
  exit 1
done
mount -t tmpfs -o mode=0755,size=64m tmpfs "$root"
for shown in "$@"; do
  mkdir -p "$root\${shown%/*}"
  if [ -L "$shown" ]; then ln -s "$(readlink "$shown")" "$root$shown"; continue; fi
  mkdir -p "$root$shown"
  mount --rbind "$shown" "$root$shown"
  findmnt -nrRo VFS-OPTIONS,TARGET --mountpoint "$root$shown" | while read -r flags target; do
    mount -o "remount,bind,ro\${flags#r[ow]}" "$target"
  done
done
mkdir -p "$root/dev/shm" "$root/proc" "$root/tmp" "$root/rehearsal/checkout" "$root/rehearsal/home"
for device in null zero full random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
mount -t tmpfs -o mode=1777,size=64m,nosuid,nodev tmpfs "$root/dev/shm"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
if [ "$user" != same ]; then
  [ "$state" = used ] || chown -hR "$user" "$inside/checkout" "$inside/home" "$inside/tmp"
  { cat /etc/passwd && echo "rehearsal:x:$user::/rehearsal/home:/bin/sh"; } >"$root/dev/passwd"
  mount --bind "$root/dev/passwd" "$root/etc/passwd"
  rm "$root/dev/passwd"
fi
writable() {
  mount --bind "$1" "$2"
  mount -o "remount,bind,$(findmnt -nro VFS-OPTIONS --mountpoint "$2" | tail -n 1),nosuid,nodev" "$2"
}
writable "$inside/checkout" "$root/rehearsal/checkout"
writable "$inside/home" "$root/rehearsal/home"
writable "$inside/tmp" "$root/tmp"
mount -o remount,bind,ro "$root"
if [ "$network" = none ]; then
  ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || {
    echo 'neither ip (iproute2) nor ifconfig is there to bring up the loopback' >&2
    exit 1
  }
fi
identity='--no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all'
[ "$user" = same ] || identity="--reuid=\${user%:*} --regid=\${user#*:} --clear-groups $identity"
cd /
# A signal USR1 would open Node's inspector, and through it this side of the root, to a command of the same user.
exec "$node" --disable-sigusr1 -e "$warden" "$(command -v chroot)" "$root" "$(command -v setpriv)" $identity -- "$(command -v prlimit)" --nproc=1024 --core=0
`,O=`
const { spawn } = require('node:child_process')
const net = require('node:net')
const { signals } = require('node:os').constants
let text = ''
let begun = false
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  text += chunk
  const end = text.indexOf('\\n')
  if (begun || end < 0) return
  begun = true
  const order = JSON.parse(text.slice(0, end))
  if (order.socket === undefined) run(order)
  else forward(order)
})
process.stdin.on('end', () => process.exit(1))
function forward(order) {
  net.createServer({ allowHalfOpen: true }, (inner) => {
    const outer = net.connect({ path: order.socket, allowHalfOpen: true })
    inner.pipe(outer).pipe(inner)
    inner.on('error', () => outer.destroy()).on('close', () => outer.destroy())
    outer.on('error', () => inner.destroy()).on('close', () => inner.destroy())
  }).listen(order.port, '127.0.0.1', () => run(order))
}
function run({ token, environment, directory, command }) {
  const say = (words) => process.stdout.write('\\n' + token + ' ' + words + '\\n')
  say('begun')
  const [file, ...words] = process.argv.slice(1)
  const child = spawn(file, [...words, '/bin/sh', '-c', 'cd "$1" && exec /bin/sh -c "$2"', 'sh', directory, command], {
    env: environment,
    stdio: ['ignore', 1, 1],
  })
  child.on('error', (error) => {
    process.stderr.write(error.message + '\\n')
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    say('ended ' + (code === null ? 128 + signals[signal] : code))
    process.exit(0)
  })
}
`;function v(){let{LANG:e="C.UTF-8",TZ:o}=h();return{LANG:e,...o===void 0?{}:{TZ:o},SHELL:"/bin/sh",TERM:"dumb",CI:"true"}}r(v,"commonEnvironment");import{lstat as J,realpath as C}from"node:fs/promises";import{basename as A,dirname as P,isAbsolute as K,join as X,sep as W}from"node:path";var R=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/etc","/nix/store"],Y=["lib","lib64","libexec","include"];async function M(e,o){let n=[];for(let i of R)await j(i)&&n.push(i);let t=[],s=await Promise.all(o.map(i=>C(i).catch(()=>i)));for(let i of e.split(":").filter(K)){let a=await C(i).catch(()=>{});if(!(a===void 0||s.some(c=>$(c,a)))){t.push($(i,"/usr")||R.includes(i)?i:a);for(let c of await Z(a))n.some(l=>$(c,l))||n.push(c)}}return{folders:n.filter(i=>!n.some(a=>a!==i&&$(i,a))),path:[...new Set([...t,"/usr/local/bin","/usr/bin","/bin"])].join(":")}}r(M,"visibleFolders");async function I(){let e=await C("/etc/resolv.conf").catch(()=>"/etc/resolv.conf"),o=P(e);return o.split(W).length>2&&!R.some(n=>$(o,n))?[o]:[]}r(I,"resolverFolders");async function Z(e){if(A(e)===".bin")return[P(e)];if(A(e)!=="bin")return[e];let o=Y.map(t=>X(P(e),t)),n=await Promise.all(o.map(j));return[e,...o.filter((t,s)=>n[s])]}r(Z,"neededBy");function $(e,o){return e===o||e.startsWith(o==="/"?o:o+W)}r($,"isWithin");async function j(e){return J(e).then(()=>!0,()=>!1)}r(j,"exists");import{StringDecoder as Q}from"node:string_decoder";var ee=16384;async function*N(e){let o=new Q("utf8"),n="";for await(let t of e){n+=o.write(t);let s=n.split(/\r\n|\n|\r/);n=s.pop()??"",yield*s,n.length>ee&&(yield n,n="")}n+=o.end(),n!==""&&(yield n)}r(N,"textLines");var oe=5;async function k(e,o,n){let{signal:t,timeoutSeconds:s,onLine:d}=n,i=!1,a,c,l=!1,f=r(()=>{l=!0,e.stdin.end(),c=setTimeout(()=>{e.stop()},oe*1e3)},"end"),x=setTimeout(f,s*1e3);t.addEventListener("abort",f,{once:!0}),t.aborted&&f();try{for await(let p of N(e.stdout)){let[U,z,_]=p.split(" ");U!==o?i&&p!==""&&a===void 0&&d(p):z==="begun"?i=!0:a=Number(_)}return await e.exited.catch(p=>{if(a===void 0&&!l)throw i?te(p):ne(p)}),t.throwIfAborted(),{exitCode:a}}finally{clearTimeout(x),clearTimeout(c),t.removeEventListener("abort",f)}}r(k,"watch");function ne(e){return new m("sandbox/not-started",`a confined command could not be started: ${w(e).message}`,{hint:"Read what was said, and see docs/rehearsal.md for what this machine must allow.",cause:e})}r(ne,"notStarted");function te(e){return new m("sandbox/ended",`what holds a confined command was ended: ${w(e).message}`,{hint:"Memory may have run out on this machine; run again on a larger one.",cause:e})}r(te,"broken");var B={host:"127.0.0.1",port:5432};async function E({means:e,place:o,visible:n,trial:t=!1},s){let d=G(o.folder,"bridge"),i=s.dial&&await y(d,s.dial),a=i!==void 0||t,c=re(16).toString("hex");try{let l=b({...se({means:e,place:o,trial:t},a,a?n.folders:[...n.folders,...await I()]),stdin:"pipe",directory:"/",ownGroup:!0,explain:r((f,x)=>new m("sandbox/not-started",`${[...e.prefix,"unshare"].join(" ")} ${x}: ${de(f)}`),"explain")});return l.stdin.write(`${JSON.stringify(ae(s,c,n,i&&d))}
`),await k(l,c,s)}finally{await i?.close(),await ie(d,{force:!0})}}r(E,"runHeld");function se({means:e,place:o,trial:n},t,s){let[d="unshare",...i]=[...e.prefix,"unshare"],a=["--mount","--pid","--fork","--kill-child","--ipc","--uts",...t?["--net"]:[]],c=["/bin/sh","-c",L,"sh",G(o.folder,"root"),o.inside,e.user,t?"none":"shared",n?"new":"used"];return{command:d,arguments:[...i,...e.namespaces,...a,...c,process.execPath,O,...s]}}r(se,"launch");function ae(e,o,n,t){let s={PATH:n.path,HOME:"/rehearsal/home",TMPDIR:"/tmp",USER:"rehearsal",LOGNAME:"rehearsal"};return{token:o,command:e.command,directory:"/rehearsal/checkout",environment:{...v(),...s,...e.environment?.(B)},...t&&{socket:t,port:B.port}}}r(ae,"orderOf");function de(e){return e.trim().split(`
`).slice(-3).join(" \xB7 ")||"it said nothing"}r(de,"lastWords");import{randomBytes as ce}from"node:crypto";import{join as T}from"node:path";var me=`
exec 3<&0
printf '\\n%s begun\\n' "$2"
/bin/sh -c "$1" </dev/null 2>&1 3<&- & job=$!
(read -r word <&3; kill -KILL 0) >/dev/null 2>&1 &
wait "$job"
printf '\\n%s ended %s\\n' "$2" "$?"
kill -KILL 0
`;async function V(e,o){let n=o.dial&&await y(void 0,o.dial),t=ce(16).toString("hex"),s={HOME:T(e,"home"),TMPDIR:T(e,"tmp"),PATH:h().PATH};try{let d=b({command:"/bin/sh",arguments:["-c",me,"sh",o.command,t],environment:{...v(),...s,...o.environment?.({host:"127.0.0.1",port:n?.port??0})},stdin:"pipe",directory:T(e,"checkout"),ownGroup:!0});return await k(d,t,o)}finally{await n?.close()}}r(V,"runUnheld");import{constants as ue}from"node:fs";import{chmod as le,copyFile as fe,cp as pe,lstat as q,mkdir as S,mkdtemp as he,readlink as we,rm as F,symlink as $e,writeFile as be}from"node:fs/promises";import{basename as ge,dirname as ye,join as u,resolve as ve}from"node:path";async function D({checkout:e,temporary:o,signal:n}){let t=ve(e);if(!(await q(t).catch(()=>{}))?.isDirectory())throw new m("rehearsal/no-checkout",`${e} is no folder: there is nothing to rehearse`,{hint:"Name the folder with the migrations with --migrate-directory; in a workflow, check out the code first."});await S(o,{recursive:!0});let d=await he(u(o,"resguardo-rehearsal-")),i=u(d,"inside");try{await be(u(d,"pid"),`${process.pid}
`);for(let a of["root","inside/checkout","inside/home","inside/tmp"])await S(u(d,a),{recursive:!0});await le(u(i,"tmp"),1023),await ke(t,u(i,"checkout"),n)}catch(a){throw await F(d,{recursive:!0,force:!0}),a}return{folder:d,inside:i,remove:r(a=>Pe(d,a),"remove")}}r(D,"makeWorkplace");async function ke(e,o,n){let t=await xe(e);if(t===void 0){await pe(e,o,{recursive:!0,verbatimSymlinks:!0,filter:r(s=>ge(s)!==".git","filter")});return}for(let s of t)n.throwIfAborted(),await Ce(u(e,s),u(o,s))}r(ke,"copyCheckout");async function xe(e){let t=(await g({command:"git",arguments:["-C",e,...["-c","safe.directory=*","-c","safe.bareRepository=explicit","-c","core.fsmonitor=false"],"ls-files","-z","--cached","--recurse-submodules"]}).catch(()=>{}))?.split("\0").filter(s=>s!=="");return t?.length===0?void 0:t}r(xe,"trackedFiles");async function Ce(e,o){let n=await q(e).catch(()=>{});!n||n.isDirectory()||(await S(ye(o),{recursive:!0}),n.isSymbolicLink()?await $e(await we(e),o):n.isFile()&&await fe(e,o,ue.COPYFILE_FICLONE))}r(Ce,"copyOne");async function Pe(e,o){let[n,...t]=o?.prefix??[];n&&await g({command:n,arguments:[...t,"rm","-rf","--",e]}).catch(()=>{}),await F(e,{recursive:!0,force:!0}).catch(async()=>{await g({command:"chmod",arguments:["-R","u+rwX","--",e]}).catch(()=>{}),await F(e,{recursive:!0,force:!0}).catch(()=>{})})}r(Pe,"remove");async function So(e,o=H){let n=await D(e);try{return e.confinement==="none"?Ee(n):Te(await Fe(e,n,await o()))}catch(t){throw await n.remove(void 0),t}}r(So,"openConfinement");function Ee(e){return{display:"none: as this user, with the network",run:r(o=>V(e.inside,o),"run"),close:r(()=>e.remove(void 0),"close")}}r(Ee,"unheld");function Te(e){return{display:`${e.means.display}, processes and folders of its own, no network but scratch`,run:r(o=>E(e,o),"run"),close:r(()=>e.place.remove(e.means),"close")}}r(Te,"held");var Se=30;async function Fe(e,o,n){let t=[e.checkout,o.folder,e.temporary,Re()],s=await M(h().PATH??"",t),d=[];for(let i of n){let a={means:i,place:o,visible:s},c=await He(a,e.signal);if(c===void 0)return a;d.push(`${i.display}: ${c}`)}throw new m("sandbox/unavailable",`this machine cannot hold a command that is not trusted (${d.join("; ")})`,{hint:"It takes Linux with unshare, setpriv, ip and either root, passwordless sudo (as on GitHub's own runners) or user namespaces; a container must allow them. Where every branch is trusted: --rehearsal-confinement none."})}r(Fe,"holdThatWorks");async function He(e,o){let n={command:"true",timeoutSeconds:Se,signal:o,onLine:r(()=>{},"onLine")};try{let{exitCode:t}=await E({...e,trial:!0},n);return t===0?void 0:`a command that does nothing ended with ${t??"no exit code"}`}catch(t){return o.throwIfAborted(),w(t).message}}r(He,"tryOut");export{So as openConfinement};
