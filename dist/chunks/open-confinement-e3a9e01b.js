import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as y,b as A}from"./methods-35f42067.js";import{b as T,d as R}from"./leftovers-76d269bb.js";import{a as L}from"./read-tool-31b58638.js";import{a as h,c as $}from"./child-5487d949.js";import"./tool-failure-21162443.js";import"./supervisor-e7ae3277.js";import{b as m,c as w}from"./failure-codes-of-databases-8f654ab9.js";import{a as r}from"./runtime-01ba4719.js";import{homedir as Te}from"node:os";import{randomBytes as me}from"node:crypto";import{rm as ue}from"node:fs/promises";import{join as V}from"node:path";function x(){let{LANG:e="C.UTF-8",TZ:o}=h();return{LANG:e,...o===void 0?{}:{TZ:o},SHELL:"/bin/sh",TERM:"dumb",CI:"true"}}r(x,"commonEnvironment");var W=`
set -eu
umask 022
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
    echo 'neither ip (iproute2) nor ifconfig is installed to bring up the loopback' >&2
    exit 1
  }
fi
identity='--no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all'
[ "$user" = same ] || identity="--reuid=\${user%:*} --regid=\${user#*:} --clear-groups $identity"
cd /
# A signal USR1 would open Node's inspector, and through it this side of the root, to a command of the same user.
exec "$node" --disable-sigusr1 -e "$warden" "$(command -v chroot)" "$root" "$(command -v setpriv)" $identity -- "$(command -v prlimit)" --nproc=1024 --core=0
`,I=`
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
`;import{lstat as ee,realpath as S}from"node:fs/promises";import{basename as N,dirname as O,isAbsolute as oe,join as ne,sep as j}from"node:path";var P=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/etc","/nix/store"],te=["lib","lib64","libexec","include"];async function M(e,o){let t=[];for(let i of P)await _(i)&&t.push(i);let n=[],s=await Promise.all(o.map(i=>S(i).catch(()=>i)));for(let i of e.split(":").filter(oe)){let d=await S(i).catch(()=>{});if(!(d===void 0||s.some(c=>b(c,d)))){n.push(b(i,"/usr")||P.includes(i)?i:d);for(let c of await re(d))t.some(u=>b(c,u))||t.push(c)}}return{folders:t.filter(i=>!t.some(d=>d!==i&&b(i,d))),path:[...new Set([...n,"/usr/local/bin","/usr/bin","/bin"])].join(":")}}r(M,"visibleFolders");async function H(){let e=await S("/etc/resolv.conf").catch(()=>"/etc/resolv.conf"),o=O(e);return o.split(j).length>2&&!P.some(t=>b(o,t))?[o]:[]}r(H,"resolverFolders");async function re(e){if(N(e)===".bin")return[O(e)];if(N(e)!=="bin")return[e];let o=te.map(n=>ne(O(e),n)),t=await Promise.all(o.map(_));return[e,...o.filter((n,s)=>t[s])]}r(re,"neededBy");function b(e,o){return e===o||e.startsWith(o==="/"?o:o+j)}r(b,"isWithin");async function _(e){return ee(e).then(()=>!0,()=>!1)}r(_,"exists");import{StringDecoder as ie}from"node:string_decoder";var se=16384;async function*B(e){let o=new ie("utf8"),t="";for await(let n of e){t+=o.write(n);let s=t.split(/\r\n|\n|\r/);t=s.pop()??"",yield*s,t.length>se&&(yield t,t="")}t+=o.end(),t!==""&&(yield t)}r(B,"textLines");var ae=5;async function v(e,o,t){let{signal:n,timeoutSeconds:s,onLine:a}=t,i=!1,d,c,u=!1,f=r(()=>{u=!0,e.stdin.end(),c=setTimeout(()=>{e.stop()},ae*1e3)},"end"),C=setTimeout(f,s*1e3);n.addEventListener("abort",f,{once:!0}),n.aborted&&f();try{for await(let p of B(e.stdout)){let[X,Z,Q]=p.split(" ");X!==o?i&&p!==""&&d===void 0&&a(p):Z==="begun"?i=!0:d=Number(Q)}return await e.exited.catch(p=>{if(d===void 0&&!u)throw i?ce(p):de(p)}),n.throwIfAborted(),{exitCode:d}}finally{clearTimeout(C),clearTimeout(c),n.removeEventListener("abort",f)}}r(v,"watch");function de(e){return new m("sandbox/not-started",`could not start the command in the sandbox: ${w(e).message}`,{hint:"Read the message, and see docs/rehearsal.md for the requirements of the sandbox.",cause:e})}r(de,"notStarted");function ce(e){return new m("sandbox/ended",`the sandbox process ended unexpectedly: ${w(e).message}`,{hint:"The machine may be out of memory. Run again on a larger machine.",cause:e})}r(ce,"broken");var q={host:"127.0.0.1",port:5432};async function F({method:e,place:o,visible:t,trial:n=!1},s){let a=V(o.folder,"bridge"),i=s.dial&&await y(a,s.dial),d=i!==void 0||n,c=me(16).toString("hex");try{let u=$({...le({method:e,place:o,trial:n},d,d?t.folders:[...t.folders,...await H()]),stdin:"pipe",directory:"/",explain:r((f,C)=>new m("sandbox/not-started",`${[...e.prefix,"unshare"].join(" ")} ${C}: ${pe(f)}`),"explain")});return u.stdin.write(`${JSON.stringify(fe(s,c,t,i&&a))}
`),await v(u,c,s)}finally{await i?.close(),await ue(a,{force:!0})}}r(F,"runSandboxed");function le({method:e,place:o,trial:t},n,s){let[a="unshare",...i]=[...e.prefix,"unshare"],d=["--mount","--pid","--fork","--kill-child","--ipc","--uts",...n?["--net"]:[]],c=["/bin/sh","-c",W,"sh",V(o.folder,"root"),o.inside,e.user,n?"none":"shared",t?"new":"used"];return{command:a,arguments:[...i,...e.namespaces,...d,...c,process.execPath,I,...s]}}r(le,"launch");function fe(e,o,t,n){let s={PATH:t.path,HOME:"/rehearsal/home",TMPDIR:"/tmp",USER:"rehearsal",LOGNAME:"rehearsal"};return{token:o,command:e.command,directory:"/rehearsal/checkout",environment:{...x(),...s,...e.environment?.(q)},...n&&{socket:n,port:q.port}}}r(fe,"orderOf");function pe(e){return e.trim().split(`
`).slice(-3).join(" \xB7 ")||"no message"}r(pe,"lastWords");import{randomBytes as he}from"node:crypto";import{join as E}from"node:path";var we=`
exec 3<&0
printf '\\n%s begun\\n' "$2"
/bin/sh -c "$1" </dev/null 2>&1 3<&- & job=$!
(read -r word <&3; kill -KILL 0) >/dev/null 2>&1 &
wait "$job"
printf '\\n%s ended %s\\n' "$2" "$?"
kill -KILL 0
`;async function D(e,o){let t=o.dial&&await y(void 0,o.dial),n=he(16).toString("hex"),s={HOME:E(e,"home"),TMPDIR:E(e,"tmp"),PATH:h().PATH};try{let a=$({command:"/bin/sh",arguments:["-c",we,"sh",o.command,n],environment:{...x(),...s,...o.environment?.({host:"127.0.0.1",port:t?.port??0})},stdin:"pipe",directory:E(e,"checkout")});return await v(a,n,o)}finally{await t?.close()}}r(D,"runUnsandboxed");import{chmod as Pe,lstat as Fe,mkdir as Ee}from"node:fs/promises";import{join as k,resolve as Le}from"node:path";import{constants as g}from"node:fs";import{copyFile as be,lstat as ge,mkdir as U,open as $e,readdir as ye,readlink as z,realpath as xe,symlink as ve}from"node:fs/promises";import{dirname as J,join as l,relative as ke}from"node:path";async function K(e,o,t){let n=await xe(e),s=new Map;for(let a of await Ce(n)??await Re(n)){if(t.throwIfAborted(),a.split("/").some(d=>["",".","..",".git"].includes(d)))throw G(a);let i=await ge(l(n,a)).catch(()=>{});i?.isSymbolicLink()?s.set(a,await z(l(n,a))):i?.isFile()&&await Se(l(n,a),l(o,a))}for(let[a,i]of s){if(Oe(a).some(d=>s.has(d)))throw G(a);await U(J(l(o,a)),{recursive:!0,mode:493}),await ve(i,l(o,a))}}r(K,"copyCheckout");async function Ce(e){let t=await L({command:"git",arguments:["-C",e,...["-c","safe.directory=*","-c","safe.bareRepository=explicit","-c","core.fsmonitor=false"],"ls-files","-z","--cached","--recurse-submodules"]}).catch(()=>{}),n=new Set(t?.split("\0").filter(s=>s!==""));return n.size===0?void 0:[...n]}r(Ce,"trackedFiles");async function Re(e){return(await ye(e,{recursive:!0,withFileTypes:!0})).filter(n=>!n.isDirectory()).map(({parentPath:n,name:s})=>ke(e,l(n,s))).filter(n=>!n.split("/").includes(".git"))}r(Re,"allFiles");async function Se(e,o){let t=await $e(e,g.O_RDONLY|g.O_NOFOLLOW|g.O_NONBLOCK).catch(()=>{});if(t)try{let n=`/proc/self/fd/${t.fd}`,s=await z(n).catch(()=>{});if(!(await t.stat()).isFile()||(s??e)!==e)return;await U(J(o),{recursive:!0,mode:493}),await be(s===void 0?e:n,o,g.COPYFILE_EXCL|g.COPYFILE_FICLONE)}finally{await t.close()}}r(Se,"copyOne");function Oe(e){let o=e.split("/");return o.slice(1).map((t,n)=>o.slice(0,n+1).join("/"))}r(Oe,"foldersAbove");function G(e){return new m("rehearsal/misleading-index",`${JSON.stringify(e)} in the index of the checkout is outside of the checkout`,{hint:"git never creates such an index. Clone the repository again."})}r(G,"misleading");async function Y({checkout:e,temporary:o,signal:t}){let n=Le(e);if(!(await Fe(n).catch(()=>{}))?.isDirectory())throw new m("rehearsal/no-checkout",`the checkout ${e} is not a folder`,{hint:"Give the folder of the checkout with --migrate-directory. In a workflow, run actions/checkout first."});let a=await T(o,"resguardo-rehearsal-"),i=k(a,"inside");try{for(let d of["root","inside/checkout","inside/home","inside/tmp"])await Ee(k(a,d),{recursive:!0,mode:448});await Pe(k(i,"tmp"),1023),await K(n,k(i,"checkout"),t)}catch(d){throw await R(a),d}return{folder:a,inside:i,remove:r(()=>R(a),"remove")}}r(Y,"makeWorkspace");async function qo(e,o=A){let t=await Y(e);try{return e.confinement==="none"?Ae(t):We(await Ne(e,t,await o()))}catch(n){throw await t.remove(),n}}r(qo,"openConfinement");function Ae(e){return{display:"none (this user, with the network)",run:r(o=>D(e.inside,o),"run"),close:r(()=>e.remove(),"close")}}r(Ae,"unsandboxed");function We(e){return{display:`${e.method.display}, separate processes and files, no network except the scratch server`,run:r(o=>F(e,o),"run"),close:r(()=>e.place.remove(),"close")}}r(We,"sandboxed");var Ie=30;async function Ne(e,o,t){let n=[e.checkout,o.folder,e.temporary,Te()],s=await M(h().PATH??"",n),a=[];for(let i of t){let d={method:i,place:o,visible:s},c=await je(d,e.signal);if(c===void 0)return d;a.push(`${i.display}: ${c}`)}throw new m("sandbox/unavailable",`no sandbox is available for untrusted commands on this machine (${a.join("; ")})`,{hint:"Use Linux with unshare, setpriv and ip, and root, passwordless sudo (as on GitHub-hosted runners) or user namespaces; a container must permit them. If you trust every branch, use --rehearsal-confinement none. See docs/rehearsal.md."})}r(Ne,"firstWorkingMethod");async function je(e,o){let t={command:"true",timeoutSeconds:Ie,signal:o,onLine:r(()=>{},"onLine")};try{let{exitCode:n}=await F({...e,trial:!0},t);return n===0?void 0:`the test command ended with ${n??"no exit code"}`}catch(n){return o.throwIfAborted(),w(n).message}}r(je,"tryOut");export{qo as openConfinement};
