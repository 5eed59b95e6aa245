import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as u,c as b,g as w}from"./child-cb2dd360.js";import{b as m,c as y}from"./failure-codes-aa2bbb4e.js";import{a as t}from"./runtime-01ba4719.js";import{homedir as He}from"node:os";import{randomBytes as de}from"node:crypto";import{rm as ce}from"node:fs/promises";import{join as B}from"node:path";import{createServer as X}from"node:net";async function $(e,n){let o=new Set,r=t(i=>(o.add(i),i.once("close",()=>o.delete(i))),"keep"),s=X({allowHalfOpen:!0,pauseOnConnect:!0},i=>{r(i).on("error",()=>{}),n().then(a=>i.destroyed?a.destroy():Y(i,r(a)),()=>i.destroy())});await new Promise((i,a)=>{s.once("error",a).listen(e===void 0?{port:0,host:"127.0.0.1"}:{path:e},i)});let d=s.address();return{port:d!==null&&typeof d=="object"?d.port:void 0,close:t(async()=>{for(let i of o)i.destroy();await new Promise(i=>s.close(()=>i()))},"close")}}t($,"openBridge");function Y(e,n){for(let[o,r]of[[e,n],[n,e]])o.on("error",()=>r.destroy()).once("close",()=>r.destroy()),o.pipe(r)}t(Y,"join");var H=`
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
if [ "$user" != same ]; then
  chown -hR "$user" "$inside"
  { cat /etc/passwd && echo "rehearsal:x:$user::/rehearsal/home:/bin/sh"; } >"$root/dev/passwd"
  mount --bind "$root/dev/passwd" "$root/etc/passwd"
  rm "$root/dev/passwd"
fi
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
`,F=`
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
`;function v(){let{LANG:e="C.UTF-8",TZ:n}=u();return{LANG:e,...n===void 0?{}:{TZ:n},SHELL:"/bin/sh",TERM:"dumb",CI:"true"}}t(v,"commonEnvironment");import{lstat as Z,realpath as C}from"node:fs/promises";import{basename as L,dirname as P,isAbsolute as Q,join as ee,sep as O}from"node:path";var R=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/etc","/nix/store"],ne=["lib","lib64","libexec","include"];async function W(e,n){let o=[];for(let i of R)await j(i)&&o.push(i);let r=[],s=await Promise.all(n.map(i=>C(i).catch(()=>i)));for(let i of e.split(":").filter(Q)){let a=await C(i).catch(()=>{});if(!(a===void 0||s.some(c=>g(c,a)))){r.push(g(i,"/usr")||R.includes(i)?i:a);for(let c of await oe(a))o.some(f=>g(c,f))||o.push(c)}}return{folders:o.filter(i=>!o.some(a=>a!==i&&g(i,a))),path:[...new Set([...r,"/usr/local/bin","/usr/bin","/bin"])].join(":")}}t(W,"visibleFolders");async function A(){let e=await C("/etc/resolv.conf").catch(()=>"/etc/resolv.conf"),n=P(e);return n.split(O).length>2&&!R.some(o=>g(n,o))?[n]:[]}t(A,"resolverFolders");async function oe(e){if(L(e)===".bin")return[P(e)];if(L(e)!=="bin")return[e];let n=ne.map(r=>ee(P(e),r)),o=await Promise.all(n.map(j));return[e,...n.filter((r,s)=>o[s])]}t(oe,"neededBy");function g(e,n){return e===n||e.startsWith(n==="/"?n:n+O)}t(g,"isWithin");async function j(e){return Z(e).then(()=>!0,()=>!1)}t(j,"exists");import{StringDecoder as te}from"node:string_decoder";var re=16384;async function*I(e){let n=new te("utf8"),o="";for await(let r of e){o+=n.write(r);let s=o.split(/\r\n|\n|\r/);o=s.pop()??"",yield*s,o.length>re&&(yield o,o="")}o+=n.end(),o!==""&&(yield o)}t(I,"textLines");var ie=5;async function k(e,n,o){let{signal:r,timeoutSeconds:s,onLine:d}=o,i=!1,a,c,f=!1,p=t(()=>{f=!0,e.stdin.end(),c=setTimeout(()=>{e.stop()},ie*1e3)},"end"),x=setTimeout(p,s*1e3);r.addEventListener("abort",p,{once:!0}),r.aborted&&p();try{for await(let h of I(e.stdout)){let[z,J,K]=h.split(" ");z!==n?i&&h!==""&&a===void 0&&d(h):J==="begun"?i=!0:a=Number(K)}return await e.exited.catch(h=>{if(a===void 0&&!f)throw i?ae(h):se(h)}),r.throwIfAborted(),{exitCode:a}}finally{clearTimeout(x),clearTimeout(c),r.removeEventListener("abort",p)}}t(k,"watch");function se(e){return new m("tool",`a confined command could not be started: ${y(e).message}`,{hint:"Read what was said, and see docs/rehearsal.md for what this machine must allow.",cause:e})}t(se,"notStarted");function ae(e){return new m("tool",`what holds a confined command was ended: ${y(e).message}`,{hint:"Memory may have run out on this machine; run again on a larger one.",cause:e})}t(ae,"broken");var D={host:"127.0.0.1",port:5432};async function S({means:e,place:n,visible:o,alone:r=!1},s){let d=B(n.folder,"bridge"),i=s.dial&&await $(d,s.dial),a=i!==void 0||r,c=de(16).toString("hex");try{let f=b({...me(e,n,a,a?o.folders:[...o.folders,...await A()]),stdin:"pipe",directory:"/",ownGroup:!0,explain:t((p,x)=>new m("tool",`${e.launcher.join(" ")} ${x}: ${le(p)}`),"explain")});return f.stdin.write(`${JSON.stringify(ue(s,c,o,i&&d))}
`),await k(f,c,s)}finally{await i?.close(),await ce(d,{force:!0})}}t(S,"runHeld");function me(e,n,o,r){let[s,...d]=e.launcher,i=["--mount","--pid","--fork","--kill-child","--ipc","--uts",...o?["--net"]:[]],a=["/bin/sh","-c",H,"sh",B(n.folder,"root"),n.inside,e.user,o?"none":"shared"];return{command:s,arguments:[...d,...e.namespaces,...i,...a,process.execPath,F,...r]}}t(me,"launch");function ue(e,n,o,r){let s={PATH:o.path,HOME:"/rehearsal/home",TMPDIR:"/tmp",USER:"rehearsal",LOGNAME:"rehearsal"};return{token:n,command:e.command,directory:"/rehearsal/checkout",environment:{...v(),...s,...e.environment?.(D)},...r&&{socket:r,port:D.port}}}t(ue,"orderOf");function le(e){return e.trim().split(`
`).slice(-3).join(" \xB7 ")||"it said nothing"}t(le,"lastWords");import{randomInt as fe}from"node:crypto";var N={first:19e8,count:1e8};async function q(){if(process.getuid?.()===0)return _(["unshare"]);let e=await w({command:"sudo",arguments:["-n","true"],environment:u()}).then(()=>!0,()=>!1),n={display:"a user namespace without rights",launcher:["unshare"],namespaces:["--user","--map-current-user","--keep-caps"],user:"same"};return e?[..._(["sudo","-n","--","unshare"]),n]:[n]}t(q,"possibleMeans");function _(e){let n=N.first+fe(N.count);return[{display:"a user of its own",launcher:e,namespaces:[],user:`${n}:${n}`},{display:"another user (nobody)",launcher:e,namespaces:[],user:"65534:65534"}]}t(_,"otherUsers");import{randomBytes as pe}from"node:crypto";import{join as E}from"node:path";var he=`
exec 3<&0
printf '\\n%s begun\\n' "$2"
/bin/sh -c "$1" </dev/null 2>&1 3<&- & job=$!
(read -r word <&3; kill -KILL 0) >/dev/null 2>&1 &
wait "$job"
printf '\\n%s ended %s\\n' "$2" "$?"
kill -KILL 0
`;async function G(e,n){let o=n.dial&&await $(void 0,n.dial),r=pe(16).toString("hex"),s={HOME:E(e,"home"),TMPDIR:E(e,"tmp"),PATH:u().PATH};try{let d=b({command:"/bin/sh",arguments:["-c",he,"sh",n.command,r],environment:{...v(),...s,...n.environment?.({host:"127.0.0.1",port:o?.port??0})},stdin:"pipe",directory:E(e,"checkout"),ownGroup:!0});return await k(d,r,n)}finally{await o?.close()}}t(G,"runUnheld");import{constants as we}from"node:fs";import{chmod as ye,copyFile as ge,cp as be,lstat as U,mkdir as M,mkdtemp as $e,readlink as ve,rm as T,symlink as ke,writeFile as xe}from"node:fs/promises";import{basename as Ce,dirname as Pe,join as l,resolve as Re}from"node:path";async function V({checkout:e,temporary:n,signal:o}){let r=Re(e);if(!(await U(r).catch(()=>{}))?.isDirectory())throw new m("usage",`${e} is no folder: there is nothing to rehearse`,{hint:"Name the folder with the migrations with --migrate-directory; in a workflow, check out the code first."});await M(n,{recursive:!0});let d=await $e(l(n,"resguardo-rehearsal-")),i=l(d,"inside");try{await xe(l(d,"pid"),`${process.pid}
`);for(let a of["root","inside/checkout","inside/home","inside/tmp"])await M(l(d,a),{recursive:!0});await ye(l(i,"tmp"),1023),await Se(r,l(i,"checkout"),o)}catch(a){throw await T(d,{recursive:!0,force:!0}),a}return{folder:d,inside:i,remove:t(a=>Te(d,a),"remove")}}t(V,"makeWorkplace");async function Se(e,n,o){let r=await Ee(e);if(r===void 0){await be(e,n,{recursive:!0,verbatimSymlinks:!0,filter:t(s=>Ce(s)!==".git","filter")});return}for(let s of r)o.throwIfAborted(),await Me(l(e,s),l(n,s))}t(Se,"copyCheckout");async function Ee(e){let r=(await w({command:"git",arguments:["-C",e,...["-c","safe.directory=*","-c","safe.bareRepository=explicit","-c","core.fsmonitor=false"],"ls-files","-z","--cached","--recurse-submodules"]}).catch(()=>{}))?.split("\0").filter(s=>s!=="");return r?.length===0?void 0:r}t(Ee,"trackedFiles");async function Me(e,n){let o=await U(e).catch(()=>{});!o||o.isDirectory()||(await M(Pe(n),{recursive:!0}),o.isSymbolicLink()?await ke(await ve(e),n):o.isFile()&&await ge(e,n,we.COPYFILE_FICLONE))}t(Me,"copyOne");async function Te(e,n){let[o,...r]=n?.launcher??[];o==="sudo"&&await w({command:o,arguments:[...r.slice(0,-1),"rm","-rf","--",e]}).catch(()=>{}),await T(e,{recursive:!0,force:!0}).catch(async()=>{await w({command:"chmod",arguments:["-R","u+rwX","--",e]}).catch(()=>{}),await T(e,{recursive:!0,force:!0}).catch(()=>{})})}t(Te,"remove");async function Nn(e,n=q){let o=await V(e);try{return e.confinement==="none"?Fe(o):Le(await We(e,o,await n()))}catch(r){throw await o.remove(void 0),r}}t(Nn,"openConfinement");function Fe(e){return{display:"none: as this user, with the network",run:t(n=>G(e.inside,n),"run"),close:t(()=>e.remove(void 0),"close")}}t(Fe,"unheld");function Le(e){return{display:`${e.means.display}, processes and folders of its own, no network but scratch`,run:t(n=>S(e,n),"run"),close:t(()=>e.place.remove(e.means),"close")}}t(Le,"held");var Oe=30;async function We(e,n,o){let r=[e.checkout,n.folder,e.temporary,He()],s=await W(u().PATH??"",r),d=[];for(let i of o){let a={means:i,place:n,visible:s},c=await Ae(a,e.signal);if(c===void 0)return a;d.push(`${i.display}: ${c}`)}throw new m("tool",`this machine cannot hold a command that is not trusted (${d.join("; ")})`,{hint:"It takes Linux with unshare, setpriv, ip and either root, passwordless sudo (as on GitHub's own runners) or user namespaces; a container must allow them. Where every branch is trusted: --rehearsal-confinement none."})}t(We,"holdThatWorks");async function Ae(e,n){let o={command:"true",timeoutSeconds:Oe,signal:n,onLine:t(()=>{},"onLine")};try{let{exitCode:r}=await S({...e,alone:!0},o);return r===0?void 0:`a command that does nothing ended with ${r??"no exit code"}`}catch(r){return n.throwIfAborted(),y(r).message}}t(Ae,"tryOut");export{Nn as openConfinement};
