import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as i}from"./runtime-01ba4719.js";import{spawn as g}from"node:child_process";var l=`
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
`,s=new Set,n;function u(e,t="SIGTERM"){let r=`${t.slice(3)}:${e}`,a=n;return n??=c(),s.add(r),o(n,(a?[r]:[...s]).map(d=>`+ ${d}
`).join("")),()=>{s.delete(r),o(n,`- ${r}
`)}}i(u,"supervise");function o(e,t){e?.stdin?.writable&&e.stdin.write(t)}i(o,"tell");function c(){let e=g("/bin/sh",["-c",l],{stdio:["pipe","ignore","ignore"],detached:!0,cwd:"/",env:{}}),t=i(()=>{n===e&&(n=void 0)},"forget");return e.once("error",t).once("exit",t).unref(),e.stdin.on("error",t).unref(),e}i(c,"startSupervisor");export{u as a};
