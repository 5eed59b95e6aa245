import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as u,c as $,g as w}from"./child-cb2dd360.js";import{b as m,c as y}from"./failure-codes-aa2bbb4e.js";import{a as r}from"./runtime-01ba4719.js";import{homedir as Le}from"node:os";import{randomBytes as ce}from"node:crypto";import{rm as me}from"node:fs/promises";import{join as N}from"node:path";import{createServer as X}from"node:net";var Y=128;async function b(e,n){let o=new Set,t=r(i=>(o.add(i),i.once("close",()=>o.delete(i))),"keep"),s=X({allowHalfOpen:!0,pauseOnConnect:!0},i=>{t(i).on("error",()=>{}),n(i).then(a=>i.destroyed?a.destroy():Z(i,t(a)),()=>i.destroy())});s.maxConnections=Y,await new Promise((i,a)=>{s.once("error",a).listen(e===void 0?{port:0,host:"127.0.0.1"}:{path:e},i)});let d=s.address();return{port:d!==null&&typeof d=="object"?d.port:void 0,close:r(async()=>{for(let i of o)i.destroy();await new Promise(i=>s.close(()=>i()))},"close")}}r(b,"openBridge");function Z(e,n){for(let[o,t]of[[e,n],[n,e]])o.on("error",()=>t.destroy()).once("close",()=>t.destroy()),o.pipe(t)}r(Z,"join");var F=`
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
`,L=`
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
`;function v(){let{LANG:e="C.UTF-8",TZ:n}=u();return{LANG:e,...n===void 0?{}:{TZ:n},SHELL:"/bin/sh",TERM:"dumb",CI:"true"}}r(v,"commonEnvironment");import{lstat as Q,realpath as C}from"node:fs/promises";import{basename as M,dirname as P,isAbsolute as ee,join as ne,sep as O}from"node:path";var R=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/etc","/nix/store"],oe=["lib","lib64","libexec","include"];async function A(e,n){let o=[];for(let i of R)await I(i)&&o.push(i);let t=[],s=await Promise.all(n.map(i=>C(i).catch(()=>i)));for(let i of e.split(":").filter(ee)){let a=await C(i).catch(()=>{});if(!(a===void 0||s.some(c=>g(c,a)))){t.push(g(i,"/usr")||R.includes(i)?i:a);for(let c of await te(a))o.some(f=>g(c,f))||o.push(c)}}return{folders:o.filter(i=>!o.some(a=>a!==i&&g(i,a))),path:[...new Set([...t,"/usr/local/bin","/usr/bin","/bin"])].join(":")}}r(A,"visibleFolders");async function W(){let e=await C("/etc/resolv.conf").catch(()=>"/etc/resolv.conf"),n=P(e);return n.split(O).length>2&&!R.some(o=>g(n,o))?[n]:[]}r(W,"resolverFolders");async function te(e){if(M(e)===".bin")return[P(e)];if(M(e)!=="bin")return[e];let n=oe.map(t=>ne(P(e),t)),o=await Promise.all(n.map(I));return[e,...n.filter((t,s)=>o[s])]}r(te,"neededBy");function g(e,n){return e===n||e.startsWith(n==="/"?n:n+O)}r(g,"isWithin");async function I(e){return Q(e).then(()=>!0,()=>!1)}r(I,"exists");import{StringDecoder as re}from"node:string_decoder";var ie=16384;async function*j(e){let n=new re("utf8"),o="";for await(let t of e){o+=n.write(t);let s=o.split(/\r\n|\n|\r/);o=s.pop()??"",yield*s,o.length>ie&&(yield o,o="")}o+=n.end(),o!==""&&(yield o)}r(j,"textLines");var se=5;async function x(e,n,o){let{signal:t,timeoutSeconds:s,onLine:d}=o,i=!1,a,c,f=!1,p=r(()=>{f=!0,e.stdin.end(),c=setTimeout(()=>{e.stop()},se*1e3)},"end"),k=setTimeout(p,s*1e3);t.addEventListener("abort",p,{once:!0}),t.aborted&&p();try{for await(let h of j(e.stdout)){let[z,J,K]=h.split(" ");z!==n?i&&h!==""&&a===void 0&&d(h):J==="begun"?i=!0:a=Number(K)}return await e.exited.catch(h=>{if(a===void 0&&!f)throw i?de(h):ae(h)}),t.throwIfAborted(),{exitCode:a}}finally{clearTimeout(k),clearTimeout(c),t.removeEventListener("abort",p)}}r(x,"watch");function ae(e){return new m("sandbox/not-started",`a confined command could not be started: ${y(e).message}`,{hint:"Read what was said, and see docs/rehearsal.md for what this machine must allow.",cause:e})}r(ae,"notStarted");function de(e){return new m("sandbox/ended",`what holds a confined command was ended: ${y(e).message}`,{hint:"Memory may have run out on this machine; run again on a larger one.",cause:e})}r(de,"broken");var D={host:"127.0.0.1",port:5432};async function S({means:e,place:n,visible:o,trial:t=!1},s){let d=N(n.folder,"bridge"),i=s.dial&&await b(d,s.dial),a=i!==void 0||t,c=ce(16).toString("hex");try{let f=$({...ue({means:e,place:n,trial:t},a,a?o.folders:[...o.folders,...await W()]),stdin:"pipe",directory:"/",ownGroup:!0,explain:r((p,k)=>new m("sandbox/not-started",`${e.launcher.join(" ")} ${k}: ${fe(p)}`),"explain")});return f.stdin.write(`${JSON.stringify(le(s,c,o,i&&d))}
`),await x(f,c,s)}finally{await i?.close(),await me(d,{force:!0})}}r(S,"runHeld");function ue({means:e,place:n,trial:o},t,s){let[d,...i]=e.launcher,a=["--mount","--pid","--fork","--kill-child","--ipc","--uts",...t?["--net"]:[]],c=["/bin/sh","-c",F,"sh",N(n.folder,"root"),n.inside,e.user,t?"none":"shared",o?"new":"used"];return{command:d,arguments:[...i,...e.namespaces,...a,...c,process.execPath,L,...s]}}r(ue,"launch");function le(e,n,o,t){let s={PATH:o.path,HOME:"/rehearsal/home",TMPDIR:"/tmp",USER:"rehearsal",LOGNAME:"rehearsal"};return{token:n,command:e.command,directory:"/rehearsal/checkout",environment:{...v(),...s,...e.environment?.(D)},...t&&{socket:t,port:D.port}}}r(le,"orderOf");function fe(e){return e.trim().split(`
`).slice(-3).join(" \xB7 ")||"it said nothing"}r(fe,"lastWords");import{randomInt as pe}from"node:crypto";var B={first:19e8,count:1e8};async function G(){if(process.getuid?.()===0)return _(["unshare"]);let e=await w({command:"sudo",arguments:["-n","true"],environment:u()}).then(()=>!0,()=>!1),n={display:"a user namespace without rights",launcher:["unshare"],namespaces:["--user","--map-current-user","--keep-caps"],user:"same"};return e?[..._(["sudo","-n","--","unshare"]),n]:[n]}r(G,"possibleMeans");function _(e){let n=B.first+pe(B.count);return[{display:"a user of its own",launcher:e,namespaces:[],user:`${n}:${n}`},{display:"another user (nobody)",launcher:e,namespaces:[],user:"65534:65534"}]}r(_,"otherUsers");import{randomBytes as he}from"node:crypto";import{join as E}from"node:path";var we=`
exec 3<&0
printf '\\n%s begun\\n' "$2"
/bin/sh -c "$1" </dev/null 2>&1 3<&- & job=$!
(read -r word <&3; kill -KILL 0) >/dev/null 2>&1 &
wait "$job"
printf '\\n%s ended %s\\n' "$2" "$?"
kill -KILL 0
`;async function V(e,n){let o=n.dial&&await b(void 0,n.dial),t=he(16).toString("hex"),s={HOME:E(e,"home"),TMPDIR:E(e,"tmp"),PATH:u().PATH};try{let d=$({command:"/bin/sh",arguments:["-c",we,"sh",n.command,t],environment:{...v(),...s,...n.environment?.({host:"127.0.0.1",port:o?.port??0})},stdin:"pipe",directory:E(e,"checkout"),ownGroup:!0});return await x(d,t,n)}finally{await o?.close()}}r(V,"runUnheld");import{constants as ye}from"node:fs";import{chmod as ge,copyFile as $e,cp as be,lstat as q,mkdir as T,mkdtemp as ve,readlink as xe,rm as H,symlink as ke,writeFile as Ce}from"node:fs/promises";import{basename as Pe,dirname as Re,join as l,resolve as Se}from"node:path";async function U({checkout:e,temporary:n,signal:o}){let t=Se(e);if(!(await q(t).catch(()=>{}))?.isDirectory())throw new m("rehearsal/no-checkout",`${e} is no folder: there is nothing to rehearse`,{hint:"Name the folder with the migrations with --migrate-directory; in a workflow, check out the code first."});await T(n,{recursive:!0});let d=await ve(l(n,"resguardo-rehearsal-")),i=l(d,"inside");try{await Ce(l(d,"pid"),`${process.pid}
`);for(let a of["root","inside/checkout","inside/home","inside/tmp"])await T(l(d,a),{recursive:!0});await ge(l(i,"tmp"),1023),await Ee(t,l(i,"checkout"),o)}catch(a){throw await H(d,{recursive:!0,force:!0}),a}return{folder:d,inside:i,remove:r(a=>Fe(d,a),"remove")}}r(U,"makeWorkplace");async function Ee(e,n,o){let t=await Te(e);if(t===void 0){await be(e,n,{recursive:!0,verbatimSymlinks:!0,filter:r(s=>Pe(s)!==".git","filter")});return}for(let s of t)o.throwIfAborted(),await He(l(e,s),l(n,s))}r(Ee,"copyCheckout");async function Te(e){let t=(await w({command:"git",arguments:["-C",e,...["-c","safe.directory=*","-c","safe.bareRepository=explicit","-c","core.fsmonitor=false"],"ls-files","-z","--cached","--recurse-submodules"]}).catch(()=>{}))?.split("\0").filter(s=>s!=="");return t?.length===0?void 0:t}r(Te,"trackedFiles");async function He(e,n){let o=await q(e).catch(()=>{});!o||o.isDirectory()||(await T(Re(n),{recursive:!0}),o.isSymbolicLink()?await ke(await xe(e),n):o.isFile()&&await $e(e,n,ye.COPYFILE_FICLONE))}r(He,"copyOne");async function Fe(e,n){let[o,...t]=n?.launcher??[];o==="sudo"&&await w({command:o,arguments:[...t.slice(0,-1),"rm","-rf","--",e]}).catch(()=>{}),await H(e,{recursive:!0,force:!0}).catch(async()=>{await w({command:"chmod",arguments:["-R","u+rwX","--",e]}).catch(()=>{}),await H(e,{recursive:!0,force:!0}).catch(()=>{})})}r(Fe,"remove");async function _n(e,n=G){let o=await U(e);try{return e.confinement==="none"?Me(o):Oe(await We(e,o,await n()))}catch(t){throw await o.remove(void 0),t}}r(_n,"openConfinement");function Me(e){return{display:"none: as this user, with the network",run:r(n=>V(e.inside,n),"run"),close:r(()=>e.remove(void 0),"close")}}r(Me,"unheld");function Oe(e){return{display:`${e.means.display}, processes and folders of its own, no network but scratch`,run:r(n=>S(e,n),"run"),close:r(()=>e.place.remove(e.means),"close")}}r(Oe,"held");var Ae=30;async function We(e,n,o){let t=[e.checkout,n.folder,e.temporary,Le()],s=await A(u().PATH??"",t),d=[];for(let i of o){let a={means:i,place:n,visible:s},c=await Ie(a,e.signal);if(c===void 0)return a;d.push(`${i.display}: ${c}`)}throw new m("sandbox/unavailable",`this machine cannot hold a command that is not trusted (${d.join("; ")})`,{hint:"It takes Linux with unshare, setpriv, ip and either root, passwordless sudo (as on GitHub's own runners) or user namespaces; a container must allow them. Where every branch is trusted: --rehearsal-confinement none."})}r(We,"holdThatWorks");async function Ie(e,n){let o={command:"true",timeoutSeconds:Ae,signal:n,onLine:r(()=>{},"onLine")};try{let{exitCode:t}=await S({...e,trial:!0},o);return t===0?void 0:`a command that does nothing ended with ${t??"no exit code"}`}catch(t){return n.throwIfAborted(),y(t).message}}r(Ie,"tryOut");export{_n as openConfinement};
