import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as u,c as b,g as w}from"./child-cb2dd360.js";import{b as m,c as y}from"./failure-07c8d330.js";import{a as r}from"./runtime-01ba4719.js";import{homedir as Te}from"node:os";import{randomBytes as se}from"node:crypto";import{rm as ae}from"node:fs/promises";import{join as B}from"node:path";import{createServer as J}from"node:net";async function v(e,n){let o=new Set,t=r(i=>(o.add(i),i.once("close",()=>o.delete(i))),"keep"),s=J({allowHalfOpen:!0,pauseOnConnect:!0},i=>{t(i).on("error",()=>{}),n().then(a=>K(i,t(a)),()=>i.destroy())});await new Promise((i,a)=>{s.once("error",a).listen(e===void 0?{port:0,host:"127.0.0.1"}:{path:e},i)});let d=s.address();return{port:d!==null&&typeof d=="object"?d.port:void 0,close:r(async()=>{for(let i of o)i.destroy();await new Promise(i=>s.close(()=>i()))},"close")}}r(v,"openBridge");function K(e,n){for(let[o,t]of[[e,n],[n,e]])o.on("error",()=>t.destroy()).once("close",()=>t.destroy()),o.pipe(t)}r(K,"join");var F=`
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1 inside=$2 user=$3 network=$4 node=$5 warden=$6
shift 6
mount -t tmpfs -o mode=0755,size=64m tmpfs "$root"
for shown in "$@"; do
  mkdir -p "$root\${shown%/*}"
  if [ -L "$shown" ]; then ln -s "$(readlink "$shown")" "$root$shown"; continue; fi
  mkdir -p "$root$shown"
  mount --rbind "$shown" "$root$shown"
  flags=$(findmnt -nro VFS-OPTIONS --mountpoint "$root$shown" | tail -n 1)
  mount -o "remount,bind,ro\${flags#r[ow]}" "$root$shown"
done
mkdir -p "$root/dev/shm" "$root/proc" "$root/tmp" "$root/rehearsal"
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
[ "$user" = same ] || chown -hR "$user" "$inside"
mount --bind "$inside" "$root/rehearsal"
mount --bind "$inside/tmp" "$root/tmp"
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
`;function $(){let{LANG:e="C.UTF-8",TZ:n}=u();return{LANG:e,...n===void 0?{}:{TZ:n},SHELL:"/bin/sh",TERM:"dumb",CI:"true"}}r($,"commonEnvironment");import{lstat as X,realpath as C}from"node:fs/promises";import{basename as M,dirname as P,isAbsolute as Y,join as Z,sep as O}from"node:path";var S=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/etc","/nix/store"],Q=["lib","lib64","libexec","include"];async function W(e,n){let o=[];for(let i of S)await j(i)&&o.push(i);let t=[],s=await Promise.all(n.map(i=>C(i).catch(()=>i)));for(let i of e.split(":").filter(Y)){let a=await C(i).catch(()=>{});if(!(a===void 0||s.some(c=>g(c,a)))){t.push(g(i,"/usr")||S.includes(i)?i:a);for(let c of await ee(a))o.some(f=>g(c,f))||o.push(c)}}return{folders:o.filter(i=>!o.some(a=>a!==i&&g(i,a))),path:[...new Set([...t,"/usr/local/bin","/usr/bin","/bin"])].join(":")}}r(W,"visibleFolders");async function A(){let e=await C("/etc/resolv.conf").catch(()=>"/etc/resolv.conf"),n=P(e);return n.split(O).length>2&&!S.some(o=>g(n,o))?[n]:[]}r(A,"resolverFolders");async function ee(e){if(M(e)===".bin")return[P(e)];if(M(e)!=="bin")return[e];let n=Q.map(t=>Z(P(e),t)),o=await Promise.all(n.map(j));return[e,...n.filter((t,s)=>o[s])]}r(ee,"neededBy");function g(e,n){return e===n||e.startsWith(n==="/"?n:n+O)}r(g,"isWithin");async function j(e){return X(e).then(()=>!0,()=>!1)}r(j,"exists");import{StringDecoder as ne}from"node:string_decoder";var oe=16384;async function*D(e){let n=new ne("utf8"),o="";for await(let t of e){o+=n.write(t);let s=o.split(/\r\n|\n|\r/);o=s.pop()??"",yield*s,o.length>oe&&(yield o,o="")}o+=n.end(),o!==""&&(yield o)}r(D,"textLines");var te=5;async function k(e,n,o){let{signal:t,timeoutSeconds:s,onLine:d}=o,i=!1,a,c,f=!1,p=r(()=>{f=!0,e.stdin.end(),c=setTimeout(()=>{e.stop()},te*1e3)},"end"),x=setTimeout(p,s*1e3);t.addEventListener("abort",p,{once:!0}),t.aborted&&p();try{for await(let h of D(e.stdout)){let[U,z,_]=h.split(" ");U!==n?i&&h!==""&&a===void 0&&d(h):z==="begun"?i=!0:a=Number(_)}return await e.exited.catch(h=>{if(a===void 0&&!f)throw i?ie(h):re(h)}),t.throwIfAborted(),{exitCode:a}}finally{clearTimeout(x),clearTimeout(c),t.removeEventListener("abort",p)}}r(k,"watch");function re(e){return new m("tool",`a confined command could not be started: ${y(e).message}`,{hint:"Read what was said, and see docs/rehearsal.md for what this machine must allow.",cause:e})}r(re,"notStarted");function ie(e){return new m("tool",`what holds a confined command was ended: ${y(e).message}`,{hint:"Memory may have run out on this machine; run again on a larger one.",cause:e})}r(ie,"broken");var I={host:"127.0.0.1",port:5432};async function E({means:e,place:n,visible:o,alone:t=!1},s){let d=B(n.folder,"bridge"),i=s.dial&&await v(d,s.dial),a=i!==void 0||t,c=se(16).toString("hex");try{let f=b({...de(e,n,a,a?o.folders:[...o.folders,...await A()]),stdin:"pipe",directory:"/",ownGroup:!0,explain:r((p,x)=>new m("tool",`${e.launcher.join(" ")} ${x}: ${me(p)}`),"explain")});return f.stdin.write(`${JSON.stringify(ce(s,c,o,i&&d))}
`),await k(f,c,s)}finally{await i?.close(),await ae(d,{force:!0})}}r(E,"runHeld");function de(e,n,o,t){let[s,...d]=e.launcher,i=["--mount","--pid","--fork","--kill-child","--ipc","--uts",...o?["--net"]:[]],a=["/bin/sh","-c",F,"sh",B(n.folder,"root"),n.inside,e.user,o?"none":"shared"];return{command:s,arguments:[...d,...e.namespaces,...i,...a,process.execPath,L,...t]}}r(de,"launch");function ce(e,n,o,t){let s={PATH:o.path,HOME:"/rehearsal/home",TMPDIR:"/tmp",USER:"nobody",LOGNAME:"nobody"};return{token:n,command:e.command,directory:"/rehearsal/checkout",environment:{...$(),...s,...e.environment?.(I)},...t&&{socket:t,port:I.port}}}r(ce,"orderOf");function me(e){return e.trim().split(`
`).slice(-3).join(" \xB7 ")||"it said nothing"}r(me,"lastWords");var ue="65534:65534";async function N(){let e={display:"another user (nobody)",namespaces:[],user:ue};if(process.getuid?.()===0)return[{...e,launcher:["unshare"]}];let n=await w({command:"sudo",arguments:["-n","true"],environment:u()}).then(()=>!0,()=>!1),o={display:"a user namespace without rights",launcher:["unshare"],namespaces:["--user","--map-current-user","--keep-caps"],user:"same"};return n?[{...e,launcher:["sudo","-n","--","unshare"]},o]:[o]}r(N,"possibleMeans");import{randomBytes as le}from"node:crypto";import{join as R}from"node:path";var fe=`
exec 3<&0
printf '\\n%s begun\\n' "$2"
/bin/sh -c "$1" </dev/null 2>&1 3<&- & job=$!
(read -r word <&3; kill -KILL 0) >/dev/null 2>&1 &
wait "$job"
printf '\\n%s ended %s\\n' "$2" "$?"
kill -KILL 0
`;async function q(e,n){let o=n.dial&&await v(void 0,n.dial),t=le(16).toString("hex"),s={HOME:R(e,"home"),TMPDIR:R(e,"tmp"),PATH:u().PATH};try{let d=b({command:"/bin/sh",arguments:["-c",fe,"sh",n.command,t],environment:{...$(),...s,...n.environment?.({host:"127.0.0.1",port:o?.port??0})},stdin:"pipe",directory:R(e,"checkout"),ownGroup:!0});return await k(d,t,n)}finally{await o?.close()}}r(q,"runUnheld");import{constants as pe}from"node:fs";import{chmod as he,copyFile as we,cp as ye,lstat as G,mkdir as T,mkdtemp as ge,readlink as be,rm as H,symlink as ve,writeFile as $e}from"node:fs/promises";import{basename as ke,dirname as xe,join as l,resolve as Ce}from"node:path";async function V({checkout:e,temporary:n,signal:o}){let t=Ce(e);if(!(await G(t).catch(()=>{}))?.isDirectory())throw new m("usage",`${e} is no folder: there is nothing to rehearse`,{hint:"Name the folder with the migrations with --migrate-directory; in a workflow, check out the code first."});await T(n,{recursive:!0});let d=await ge(l(n,"resguardo-rehearsal-")),i=l(d,"inside");try{await $e(l(d,"pid"),`${process.pid}
`);for(let a of["root","inside/checkout","inside/home","inside/tmp"])await T(l(d,a),{recursive:!0});await he(l(i,"tmp"),1023),await Pe(t,l(i,"checkout"),o)}catch(a){throw await H(d,{recursive:!0,force:!0}),a}return{folder:d,inside:i,remove:r(a=>Re(d,a),"remove")}}r(V,"makeWorkplace");async function Pe(e,n,o){let t=await Se(e);if(t===void 0){await ye(e,n,{recursive:!0,verbatimSymlinks:!0,filter:r(s=>ke(s)!==".git","filter")});return}for(let s of t)o.throwIfAborted(),await Ee(l(e,s),l(n,s))}r(Pe,"copyCheckout");async function Se(e){let t=(await w({command:"git",arguments:["-C",e,...["-c","safe.directory=*","-c","core.fsmonitor=false"],"ls-files","-z","--cached","--recurse-submodules"]}).catch(()=>{}))?.split("\0").filter(s=>s!=="");return t?.length===0?void 0:t}r(Se,"trackedFiles");async function Ee(e,n){let o=await G(e).catch(()=>{});!o||o.isDirectory()||(await T(xe(n),{recursive:!0}),o.isSymbolicLink()?await ve(await be(e),n):o.isFile()&&await we(e,n,pe.COPYFILE_FICLONE))}r(Ee,"copyOne");async function Re(e,n){let[o,...t]=n?.launcher??[];o==="sudo"&&await w({command:o,arguments:[...t.slice(0,-1),"rm","-rf","--",e]}).catch(()=>{}),await H(e,{recursive:!0,force:!0}).catch(async()=>{await w({command:"chmod",arguments:["-R","u+rwX","--",e]}).catch(()=>{}),await H(e,{recursive:!0,force:!0}).catch(()=>{})})}r(Re,"remove");async function Dn(e,n=N){let o=await V(e);try{return e.confinement==="none"?He(o):Fe(await Me(e,o,await n()))}catch(t){throw await o.remove(void 0),t}}r(Dn,"openConfinement");function He(e){return{display:"none: as this user, with the network",run:r(n=>q(e.inside,n),"run"),close:r(()=>e.remove(void 0),"close")}}r(He,"unheld");function Fe(e){return{display:`${e.means.display}, processes and folders of its own, no network but scratch`,run:r(n=>E(e,n),"run"),close:r(()=>e.place.remove(e.means),"close")}}r(Fe,"held");var Le=30;async function Me(e,n,o){let t=[e.checkout,n.folder,e.temporary,Te()],s=await W(u().PATH??"",t),d=[];for(let i of o){let a={means:i,place:n,visible:s},c=await Oe(a,e.signal);if(c===void 0)return a;d.push(`${i.display}: ${c}`)}throw new m("tool",`this machine cannot hold a command that is not trusted (${d.join("; ")})`,{hint:"It takes Linux with unshare, setpriv, ip and either root, passwordless sudo (as on GitHub's own runners) or user namespaces; a container must allow them. Where every branch is trusted: --rehearsal-confinement none."})}r(Me,"holdThatWorks");async function Oe(e,n){let o={command:"true",timeoutSeconds:Le,signal:n,onLine:r(()=>{},"onLine")};try{let{exitCode:t}=await E({...e,alone:!0},o);return t===0?void 0:`a command that does nothing ended with ${t??"no exit code"}`}catch(t){return n.throwIfAborted(),y(t).message}}r(Oe,"tryOut");export{Dn as openConfinement};
