import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as u,c as $,g as w}from"./child-cb2dd360.js";import{b as m,c as y}from"./failure-codes-aa2bbb4e.js";import{a as r}from"./runtime-01ba4719.js";import{homedir as Le}from"node:os";import{randomBytes as ce}from"node:crypto";import{rm as me}from"node:fs/promises";import{join as N}from"node:path";import{createServer as X}from"node:net";var Y=128;async function b(e,o){let n=new Set,t=r(i=>(n.add(i),i.once("close",()=>n.delete(i))),"keep"),s=X({allowHalfOpen:!0,pauseOnConnect:!0},i=>{t(i).on("error",()=>{}),o(i).then(a=>i.destroyed?a.destroy():Z(i,t(a)),()=>i.destroy())});s.maxConnections=Y,await new Promise((i,a)=>{s.once("error",a).listen(e===void 0?{port:0,host:"127.0.0.1"}:{path:e},i)});let d=s.address();return{port:d!==null&&typeof d=="object"?d.port:void 0,close:r(async()=>{for(let i of n)i.destroy();await new Promise(i=>s.close(()=>i()))},"close")}}r(b,"openBridge");function Z(e,o){for(let[n,t]of[[e,o],[o,e]])n.on("error",()=>t.destroy()).once("close",()=>t.destroy()),n.pipe(t)}r(Z,"join");var F=`
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
`;function v(){let{LANG:e="C.UTF-8",TZ:o}=u();return{LANG:e,...o===void 0?{}:{TZ:o},SHELL:"/bin/sh",TERM:"dumb",CI:"true"}}r(v,"commonEnvironment");import{lstat as Q,realpath as C}from"node:fs/promises";import{basename as M,dirname as P,isAbsolute as ee,join as oe,sep as O}from"node:path";var R=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/etc","/nix/store"],ne=["lib","lib64","libexec","include"];async function A(e,o){let n=[];for(let i of R)await I(i)&&n.push(i);let t=[],s=await Promise.all(o.map(i=>C(i).catch(()=>i)));for(let i of e.split(":").filter(ee)){let a=await C(i).catch(()=>{});if(!(a===void 0||s.some(c=>g(c,a)))){t.push(g(i,"/usr")||R.includes(i)?i:a);for(let c of await te(a))n.some(f=>g(c,f))||n.push(c)}}return{folders:n.filter(i=>!n.some(a=>a!==i&&g(i,a))),path:[...new Set([...t,"/usr/local/bin","/usr/bin","/bin"])].join(":")}}r(A,"visibleFolders");async function W(){let e=await C("/etc/resolv.conf").catch(()=>"/etc/resolv.conf"),o=P(e);return o.split(O).length>2&&!R.some(n=>g(o,n))?[o]:[]}r(W,"resolverFolders");async function te(e){if(M(e)===".bin")return[P(e)];if(M(e)!=="bin")return[e];let o=ne.map(t=>oe(P(e),t)),n=await Promise.all(o.map(I));return[e,...o.filter((t,s)=>n[s])]}r(te,"neededBy");function g(e,o){return e===o||e.startsWith(o==="/"?o:o+O)}r(g,"isWithin");async function I(e){return Q(e).then(()=>!0,()=>!1)}r(I,"exists");import{StringDecoder as re}from"node:string_decoder";var ie=16384;async function*j(e){let o=new re("utf8"),n="";for await(let t of e){n+=o.write(t);let s=n.split(/\r\n|\n|\r/);n=s.pop()??"",yield*s,n.length>ie&&(yield n,n="")}n+=o.end(),n!==""&&(yield n)}r(j,"textLines");var se=5;async function k(e,o,n){let{signal:t,timeoutSeconds:s,onLine:d}=n,i=!1,a,c,f=!1,p=r(()=>{f=!0,e.stdin.end(),c=setTimeout(()=>{e.stop()},se*1e3)},"end"),x=setTimeout(p,s*1e3);t.addEventListener("abort",p,{once:!0}),t.aborted&&p();try{for await(let h of j(e.stdout)){let[z,J,K]=h.split(" ");z!==o?i&&h!==""&&a===void 0&&d(h):J==="begun"?i=!0:a=Number(K)}return await e.exited.catch(h=>{if(a===void 0&&!f)throw i?de(h):ae(h)}),t.throwIfAborted(),{exitCode:a}}finally{clearTimeout(x),clearTimeout(c),t.removeEventListener("abort",p)}}r(k,"watch");function ae(e){return new m("tool",`a confined command could not be started: ${y(e).message}`,{hint:"Read what was said, and see docs/rehearsal.md for what this machine must allow.",cause:e})}r(ae,"notStarted");function de(e){return new m("tool",`what holds a confined command was ended: ${y(e).message}`,{hint:"Memory may have run out on this machine; run again on a larger one.",cause:e})}r(de,"broken");var D={host:"127.0.0.1",port:5432};async function S({means:e,place:o,visible:n,trial:t=!1},s){let d=N(o.folder,"bridge"),i=s.dial&&await b(d,s.dial),a=i!==void 0||t,c=ce(16).toString("hex");try{let f=$({...ue({means:e,place:o,trial:t},a,a?n.folders:[...n.folders,...await W()]),stdin:"pipe",directory:"/",ownGroup:!0,explain:r((p,x)=>new m("tool",`${e.launcher.join(" ")} ${x}: ${fe(p)}`),"explain")});return f.stdin.write(`${JSON.stringify(le(s,c,n,i&&d))}
`),await k(f,c,s)}finally{await i?.close(),await me(d,{force:!0})}}r(S,"runHeld");function ue({means:e,place:o,trial:n},t,s){let[d,...i]=e.launcher,a=["--mount","--pid","--fork","--kill-child","--ipc","--uts",...t?["--net"]:[]],c=["/bin/sh","-c",F,"sh",N(o.folder,"root"),o.inside,e.user,t?"none":"shared",n?"new":"used"];return{command:d,arguments:[...i,...e.namespaces,...a,...c,process.execPath,L,...s]}}r(ue,"launch");function le(e,o,n,t){let s={PATH:n.path,HOME:"/rehearsal/home",TMPDIR:"/tmp",USER:"rehearsal",LOGNAME:"rehearsal"};return{token:o,command:e.command,directory:"/rehearsal/checkout",environment:{...v(),...s,...e.environment?.(D)},...t&&{socket:t,port:D.port}}}r(le,"orderOf");function fe(e){return e.trim().split(`
`).slice(-3).join(" \xB7 ")||"it said nothing"}r(fe,"lastWords");import{randomInt as pe}from"node:crypto";var B={first:19e8,count:1e8};async function G(){if(process.getuid?.()===0)return _(["unshare"]);let e=await w({command:"sudo",arguments:["-n","true"],environment:u()}).then(()=>!0,()=>!1),o={display:"a user namespace without rights",launcher:["unshare"],namespaces:["--user","--map-current-user","--keep-caps"],user:"same"};return e?[..._(["sudo","-n","--","unshare"]),o]:[o]}r(G,"possibleMeans");function _(e){let o=B.first+pe(B.count);return[{display:"a user of its own",launcher:e,namespaces:[],user:`${o}:${o}`},{display:"another user (nobody)",launcher:e,namespaces:[],user:"65534:65534"}]}r(_,"otherUsers");import{randomBytes as he}from"node:crypto";import{join as E}from"node:path";var we=`
exec 3<&0
printf '\\n%s begun\\n' "$2"
/bin/sh -c "$1" </dev/null 2>&1 3<&- & job=$!
(read -r word <&3; kill -KILL 0) >/dev/null 2>&1 &
wait "$job"
printf '\\n%s ended %s\\n' "$2" "$?"
kill -KILL 0
`;async function V(e,o){let n=o.dial&&await b(void 0,o.dial),t=he(16).toString("hex"),s={HOME:E(e,"home"),TMPDIR:E(e,"tmp"),PATH:u().PATH};try{let d=$({command:"/bin/sh",arguments:["-c",we,"sh",o.command,t],environment:{...v(),...s,...o.environment?.({host:"127.0.0.1",port:n?.port??0})},stdin:"pipe",directory:E(e,"checkout"),ownGroup:!0});return await k(d,t,o)}finally{await n?.close()}}r(V,"runUnheld");import{constants as ye}from"node:fs";import{chmod as ge,copyFile as $e,cp as be,lstat as q,mkdir as T,mkdtemp as ve,readlink as ke,rm as H,symlink as xe,writeFile as Ce}from"node:fs/promises";import{basename as Pe,dirname as Re,join as l,resolve as Se}from"node:path";async function U({checkout:e,temporary:o,signal:n}){let t=Se(e);if(!(await q(t).catch(()=>{}))?.isDirectory())throw new m("usage",`${e} is no folder: there is nothing to rehearse`,{hint:"Name the folder with the migrations with --migrate-directory; in a workflow, check out the code first."});await T(o,{recursive:!0});let d=await ve(l(o,"resguardo-rehearsal-")),i=l(d,"inside");try{await Ce(l(d,"pid"),`${process.pid}
`);for(let a of["root","inside/checkout","inside/home","inside/tmp"])await T(l(d,a),{recursive:!0});await ge(l(i,"tmp"),1023),await Ee(t,l(i,"checkout"),n)}catch(a){throw await H(d,{recursive:!0,force:!0}),a}return{folder:d,inside:i,remove:r(a=>Fe(d,a),"remove")}}r(U,"makeWorkplace");async function Ee(e,o,n){let t=await Te(e);if(t===void 0){await be(e,o,{recursive:!0,verbatimSymlinks:!0,filter:r(s=>Pe(s)!==".git","filter")});return}for(let s of t)n.throwIfAborted(),await He(l(e,s),l(o,s))}r(Ee,"copyCheckout");async function Te(e){let t=(await w({command:"git",arguments:["-C",e,...["-c","safe.directory=*","-c","safe.bareRepository=explicit","-c","core.fsmonitor=false"],"ls-files","-z","--cached","--recurse-submodules"]}).catch(()=>{}))?.split("\0").filter(s=>s!=="");return t?.length===0?void 0:t}r(Te,"trackedFiles");async function He(e,o){let n=await q(e).catch(()=>{});!n||n.isDirectory()||(await T(Re(o),{recursive:!0}),n.isSymbolicLink()?await xe(await ke(e),o):n.isFile()&&await $e(e,o,ye.COPYFILE_FICLONE))}r(He,"copyOne");async function Fe(e,o){let[n,...t]=o?.launcher??[];n==="sudo"&&await w({command:n,arguments:[...t.slice(0,-1),"rm","-rf","--",e]}).catch(()=>{}),await H(e,{recursive:!0,force:!0}).catch(async()=>{await w({command:"chmod",arguments:["-R","u+rwX","--",e]}).catch(()=>{}),await H(e,{recursive:!0,force:!0}).catch(()=>{})})}r(Fe,"remove");async function _o(e,o=G){let n=await U(e);try{return e.confinement==="none"?Me(n):Oe(await We(e,n,await o()))}catch(t){throw await n.remove(void 0),t}}r(_o,"openConfinement");function Me(e){return{display:"none: as this user, with the network",run:r(o=>V(e.inside,o),"run"),close:r(()=>e.remove(void 0),"close")}}r(Me,"unheld");function Oe(e){return{display:`${e.means.display}, processes and folders of its own, no network but scratch`,run:r(o=>S(e,o),"run"),close:r(()=>e.place.remove(e.means),"close")}}r(Oe,"held");var Ae=30;async function We(e,o,n){let t=[e.checkout,o.folder,e.temporary,Le()],s=await A(u().PATH??"",t),d=[];for(let i of n){let a={means:i,place:o,visible:s},c=await Ie(a,e.signal);if(c===void 0)return a;d.push(`${i.display}: ${c}`)}throw new m("tool",`this machine cannot hold a command that is not trusted (${d.join("; ")})`,{hint:"It takes Linux with unshare, setpriv, ip and either root, passwordless sudo (as on GitHub's own runners) or user namespaces; a container must allow them. Where every branch is trusted: --rehearsal-confinement none."})}r(We,"holdThatWorks");async function Ie(e,o){let n={command:"true",timeoutSeconds:Ae,signal:o,onLine:r(()=>{},"onLine")};try{let{exitCode:t}=await S({...e,trial:!0},n);return t===0?void 0:`a command that does nothing ended with ${t??"no exit code"}`}catch(t){return o.throwIfAborted(),y(t).message}}r(Ie,"tryOut");export{_o as openConfinement};
