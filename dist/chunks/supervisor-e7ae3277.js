import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as n}from"./runtime-01ba4719.js";import{spawn as g}from"node:child_process";var c=`
trap '' HUP INT TERM QUIT
targets=' '
while read -r sign target; do
  case $sign in
    +) targets="$targets$target " ;;
    -) case $targets in *" $target "*) targets="\${targets%% "$target" *} \${targets#* "$target" }" ;; esac ;;
  esac
done
[ "$targets" != ' ' ] || exit 0
for target in $targets; do kill -s "\${target%%:*}" -- "\${target#*:}"; done 2>/dev/null
for wait in 1 2 3 4 5 6; do
  left=
  for target in $targets; do kill -s 0 -- "\${target#*:}" && left=yes; done 2>/dev/null
  [ -n "$left" ] || exit 0
  sleep 0.1
done
for target in $targets; do kill -s KILL -- "\${target#*:}"; done 2>/dev/null
`,s=new Set,r;function $(e,t="SIGTERM"){let i=`${t.slice(3)}:${e}`,d=r;return r??=u(),s.add(i),o(r,(d?[i]:[...s]).map(a=>`+ ${a}
`).join("")),()=>{s.delete(i),o(r,`- ${i}
`)}}n($,"supervise");function o(e,t){e?.stdin?.writable&&e.stdin.write(t)}n(o,"send");function u(){let e=l();if(!e)return;let t=n(()=>{r===e&&(r=void 0)},"forget");return e.once("error",t).once("exit",t).unref(),e.stdin?.on("error",t).unref(),e}n(u,"startSupervisor");function l(){try{return g("/bin/sh",["-c",c],{stdio:["pipe","ignore","ignore"],detached:!0,cwd:"/",env:{}})}catch{return}}n(l,"trySpawn");export{$ as a};
