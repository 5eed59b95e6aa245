import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as T,c as O}from"./leftovers-0a6bcecd.js";import{a as l,c as $,g as b}from"./child-cb2dd360.js";import{b as m,c as w}from"./failure-codes-aa2bbb4e.js";import{a as r}from"./runtime-01ba4719.js";import{homedir as je}from"node:os";import{randomBytes as he}from"node:crypto";import{rm as we}from"node:fs/promises";import{join as B}from"node:path";import{createServer as ne}from"node:net";var te=128;async function v(e,o){let t=new Set,n=r(i=>(t.add(i),i.once("close",()=>t.delete(i))),"keep"),s=ne({allowHalfOpen:!0,pauseOnConnect:!0},i=>{n(i).on("error",()=>{}),o(i).then(d=>i.destroyed?d.destroy():re(i,n(d)),()=>i.destroy())});s.maxConnections=te,await new Promise((i,d)=>{s.once("error",d).listen(e===void 0?{port:0,host:"127.0.0.1"}:{path:e},i)});let a=s.address();return{port:a!==null&&typeof a=="object"?a.port:void 0,close:r(async()=>{for(let i of t)i.destroy();await new Promise(i=>s.close(()=>i()))},"close")}}r(v,"openBridge");function re(e,o){for(let[t,n]of[[e,o],[o,e]])t.on("error",()=>n.destroy()).once("close",()=>n.destroy()),t.pipe(n)}r(re,"join");var H=`
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
    echo 'neither ip (iproute2) nor ifconfig is there to bring up the loopback' >&2
    exit 1
  }
fi
identity='--no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all'
[ "$user" = same ] || identity="--reuid=\${user%:*} --regid=\${user#*:} --clear-groups $identity"
cd /
# A signal USR1 would open Node's inspector, and through it this side of the root, to a command of the same user.
exec "$node" --disable-sigusr1 -e "$warden" "$(command -v chroot)" "$root" "$(command -v setpriv)" $identity -- "$(command -v prlimit)" --nproc=1024 --core=0
`,M=`
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
`;function k(){let{LANG:e="C.UTF-8",TZ:o}=l();return{LANG:e,...o===void 0?{}:{TZ:o},SHELL:"/bin/sh",TERM:"dumb",CI:"true"}}r(k,"commonEnvironment");import{lstat as ie,realpath as F}from"node:fs/promises";import{basename as A,dirname as S,isAbsolute as se,join as ae,sep as N}from"node:path";var E=["/usr","/bin","/sbin","/lib","/lib32","/lib64","/libx32","/etc","/nix/store"],de=["lib","lib64","libexec","include"];async function W(e,o){let t=[];for(let i of E)await I(i)&&t.push(i);let n=[],s=await Promise.all(o.map(i=>F(i).catch(()=>i)));for(let i of e.split(":").filter(se)){let d=await F(i).catch(()=>{});if(!(d===void 0||s.some(c=>y(c,d)))){n.push(y(i,"/usr")||E.includes(i)?i:d);for(let c of await ce(d))t.some(u=>y(c,u))||t.push(c)}}return{folders:t.filter(i=>!t.some(d=>d!==i&&y(i,d))),path:[...new Set([...n,"/usr/local/bin","/usr/bin","/bin"])].join(":")}}r(W,"visibleFolders");async function j(){let e=await F("/etc/resolv.conf").catch(()=>"/etc/resolv.conf"),o=S(e);return o.split(N).length>2&&!E.some(t=>y(o,t))?[o]:[]}r(j,"resolverFolders");async function ce(e){if(A(e)===".bin")return[S(e)];if(A(e)!=="bin")return[e];let o=de.map(n=>ae(S(e),n)),t=await Promise.all(o.map(I));return[e,...o.filter((n,s)=>t[s])]}r(ce,"neededBy");function y(e,o){return e===o||e.startsWith(o==="/"?o:o+N)}r(y,"isWithin");async function I(e){return ie(e).then(()=>!0,()=>!1)}r(I,"exists");import{StringDecoder as me}from"node:string_decoder";var le=16384;async function*D(e){let o=new me("utf8"),t="";for await(let n of e){t+=o.write(n);let s=t.split(/\r\n|\n|\r/);t=s.pop()??"",yield*s,t.length>le&&(yield t,t="")}t+=o.end(),t!==""&&(yield t)}r(D,"textLines");var ue=5;async function x(e,o,t){let{signal:n,timeoutSeconds:s,onLine:a}=t,i=!1,d,c,u=!1,p=r(()=>{u=!0,e.stdin.end(),c=setTimeout(()=>{e.stop()},ue*1e3)},"end"),P=setTimeout(p,s*1e3);n.addEventListener("abort",p,{once:!0}),n.aborted&&p();try{for await(let h of D(e.stdout)){let[Q,ee,oe]=h.split(" ");Q!==o?i&&h!==""&&d===void 0&&a(h):ee==="begun"?i=!0:d=Number(oe)}return await e.exited.catch(h=>{if(d===void 0&&!u)throw i?pe(h):fe(h)}),n.throwIfAborted(),{exitCode:d}}finally{clearTimeout(P),clearTimeout(c),n.removeEventListener("abort",p)}}r(x,"watch");function fe(e){return new m("sandbox/not-started",`a confined command could not be started: ${w(e).message}`,{hint:"Read what was said, and see docs/rehearsal.md for what this machine must allow.",cause:e})}r(fe,"notStarted");function pe(e){return new m("sandbox/ended",`what holds a confined command was ended: ${w(e).message}`,{hint:"Memory may have run out on this machine; run again on a larger one.",cause:e})}r(pe,"broken");var _={host:"127.0.0.1",port:5432};async function R({means:e,place:o,visible:t,trial:n=!1},s){let a=B(o.folder,"bridge"),i=s.dial&&await v(a,s.dial),d=i!==void 0||n,c=he(16).toString("hex");try{let u=$({...ye({means:e,place:o,trial:n},d,d?t.folders:[...t.folders,...await j()]),stdin:"pipe",directory:"/",ownGroup:!0,explain:r((p,P)=>new m("sandbox/not-started",`${e.launcher.join(" ")} ${P}: ${$e(p)}`),"explain")});return u.stdin.write(`${JSON.stringify(ge(s,c,t,i&&a))}
`),await x(u,c,s)}finally{await i?.close(),await we(a,{force:!0})}}r(R,"runHeld");function ye({means:e,place:o,trial:t},n,s){let[a,...i]=e.launcher,d=["--mount","--pid","--fork","--kill-child","--ipc","--uts",...n?["--net"]:[]],c=["/bin/sh","-c",H,"sh",B(o.folder,"root"),o.inside,e.user,n?"none":"shared",t?"new":"used"];return{command:a,arguments:[...i,...e.namespaces,...d,...c,process.execPath,M,...s]}}r(ye,"launch");function ge(e,o,t,n){let s={PATH:t.path,HOME:"/rehearsal/home",TMPDIR:"/tmp",USER:"rehearsal",LOGNAME:"rehearsal"};return{token:o,command:e.command,directory:"/rehearsal/checkout",environment:{...k(),...s,...e.environment?.(_)},...n&&{socket:n,port:_.port}}}r(ge,"orderOf");function $e(e){return e.trim().split(`
`).slice(-3).join(" \xB7 ")||"it said nothing"}r($e,"lastWords");import{randomInt as be}from"node:crypto";var G={first:19e8,count:1e8};async function q(){if(process.getuid?.()===0)return V(["unshare"]);let e=await b({command:"sudo",arguments:["-n","true"],environment:l()}).then(()=>!0,()=>!1),o={display:"a user namespace without rights",launcher:["unshare"],namespaces:["--user","--map-current-user","--keep-caps"],user:"same"};return e?[...V(["sudo","-n","--","unshare"]),o]:[o]}r(q,"possibleMeans");function V(e){let o=G.first+be(G.count);return[{display:"a user of its own",launcher:e,namespaces:[],user:`${o}:${o}`},{display:"another user (nobody)",launcher:e,namespaces:[],user:"65534:65534"}]}r(V,"otherUsers");import{randomBytes as ve}from"node:crypto";import{join as L}from"node:path";var ke=`
exec 3<&0
printf '\\n%s begun\\n' "$2"
/bin/sh -c "$1" </dev/null 2>&1 3<&- & job=$!
(read -r word <&3; kill -KILL 0) >/dev/null 2>&1 &
wait "$job"
printf '\\n%s ended %s\\n' "$2" "$?"
kill -KILL 0
`;async function U(e,o){let t=o.dial&&await v(void 0,o.dial),n=ve(16).toString("hex"),s={HOME:L(e,"home"),TMPDIR:L(e,"tmp"),PATH:l().PATH};try{let a=$({command:"/bin/sh",arguments:["-c",ke,"sh",o.command,n],environment:{...k(),...s,...o.environment?.({host:"127.0.0.1",port:t?.port??0})},stdin:"pipe",directory:L(e,"checkout"),ownGroup:!0});return await x(a,n,o)}finally{await t?.close()}}r(U,"runUnheld");import{chmod as Me,lstat as Ae,mkdir as Ne}from"node:fs/promises";import{join as C,resolve as We}from"node:path";import{constants as g}from"node:fs";import{copyFile as xe,lstat as Ce,mkdir as J,open as Pe,readdir as Oe,readlink as K,realpath as Fe,symlink as Se}from"node:fs/promises";import{dirname as Y,join as f,relative as Ee}from"node:path";async function X(e,o,t){let n=await Fe(e),s=new Map;for(let a of await Re(n)??await Le(n)){if(t.throwIfAborted(),a.split("/").some(d=>["",".","..",".git"].includes(d)))throw z(a);let i=await Ce(f(n,a)).catch(()=>{});i?.isSymbolicLink()?s.set(a,await K(f(n,a))):i?.isFile()&&await Te(f(n,a),f(o,a))}for(let[a,i]of s){if(He(a).some(d=>s.has(d)))throw z(a);await J(Y(f(o,a)),{recursive:!0,mode:493}),await Se(i,f(o,a))}}r(X,"copyCheckout");async function Re(e){let n=(await b({command:"git",arguments:["-C",e,...["-c","safe.directory=*","-c","safe.bareRepository=explicit","-c","core.fsmonitor=false"],"ls-files","-z","--cached","--recurse-submodules"]}).catch(()=>{}))?.split("\0").filter(s=>s!=="");return n?.length===0?void 0:[...new Set(n)]}r(Re,"trackedFiles");async function Le(e){return(await Oe(e,{recursive:!0,withFileTypes:!0})).filter(n=>!n.isDirectory()).map(({parentPath:n,name:s})=>Ee(e,f(n,s))).filter(n=>!n.split("/").includes(".git"))}r(Le,"allFiles");async function Te(e,o){let t=await Pe(e,g.O_RDONLY|g.O_NOFOLLOW|g.O_NONBLOCK).catch(()=>{});if(t)try{let n=`/proc/self/fd/${t.fd}`,s=await K(n).catch(()=>{});if(!(await t.stat()).isFile()||(s??e)!==e)return;await J(Y(o),{recursive:!0,mode:493}),await xe(s===void 0?e:n,o,g.COPYFILE_EXCL|g.COPYFILE_FICLONE)}finally{await t.close()}}r(Te,"copyOne");function He(e){let o=e.split("/");return o.slice(1).map((t,n)=>o.slice(0,n+1).join("/"))}r(He,"foldersAbove");function z(e){return new m("refused",`${JSON.stringify(e)} in the index of the checkout does not lie in the checkout`,{hint:"No clone or checkout makes such an index. Clone the repository again."})}r(z,"misleading");async function Z({checkout:e,temporary:o,signal:t}){let n=We(e);if(!(await Ae(n).catch(()=>{}))?.isDirectory())throw new m("rehearsal/no-checkout",`${e} is no folder: there is nothing to rehearse`,{hint:"Name the folder with the migrations with --migrate-directory; in a workflow, check out the code first."});let a=await T(o,"resguardo-rehearsal-"),i=C(a,"inside");try{for(let d of["root","inside/checkout","inside/home","inside/tmp"])await Ne(C(a,d),{recursive:!0,mode:448});await Me(C(i,"tmp"),1023),await X(n,C(i,"checkout"),t)}catch(d){throw await O(a),d}return{folder:a,inside:i,remove:r(()=>O(a),"remove")}}r(Z,"makeWorkplace");async function on(e,o=q){let t=await Z(e);try{return e.confinement==="none"?Ie(t):De(await Be(e,t,await o()))}catch(n){throw await t.remove(),n}}r(on,"openConfinement");function Ie(e){return{display:"none: as this user, with the network",run:r(o=>U(e.inside,o),"run"),close:r(()=>e.remove(),"close")}}r(Ie,"unheld");function De(e){return{display:`${e.means.display}, processes and folders of its own, no network but scratch`,run:r(o=>R(e,o),"run"),close:r(()=>e.place.remove(),"close")}}r(De,"held");var _e=30;async function Be(e,o,t){let n=[e.checkout,o.folder,e.temporary,je()],s=await W(l().PATH??"",n),a=[];for(let i of t){let d={means:i,place:o,visible:s},c=await Ge(d,e.signal);if(c===void 0)return d;a.push(`${i.display}: ${c}`)}throw new m("sandbox/unavailable",`this machine cannot hold a command that is not trusted (${a.join("; ")})`,{hint:"It takes Linux with unshare, setpriv, ip and either root, passwordless sudo (as on GitHub's own runners) or user namespaces; a container must allow them. Where every branch is trusted: --rehearsal-confinement none."})}r(Be,"holdThatWorks");async function Ge(e,o){let t={command:"true",timeoutSeconds:_e,signal:o,onLine:r(()=>{},"onLine")};try{let{exitCode:n}=await R({...e,trial:!0},t);return n===0?void 0:`a command that does nothing ended with ${n??"no exit code"}`}catch(n){return o.throwIfAborted(),w(n).message}}r(Ge,"tryOut");export{on as openConfinement};
