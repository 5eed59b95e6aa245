import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as i}from"./plain-text-573f0c1c.js";import{a as e}from"./runtime-01ba4719.js";var d=10;function h(n,t){return[`error: ${p(n)}`,...n.details.map(r=>`  ${r}`),...n.hint===void 0?[]:[`hint: ${n.hint}`],`code: ${n.code}`,...t?a(n).flatMap(r=>r.split(`
`).map(s=>`    ${s}`)):[]]}e(h,"failureLines");function p({message:n,details:t}){return t.length>0?`${n}:`:n}e(p,"messageOf");function a(n){let t=[];for(let r=n;r!==void 0&&t.length<d;)t.push(r instanceof Error?l(r):i(String(r))),r=r instanceof Error?r.cause:void 0;return t}e(a,"causesOf");function l({stack:n,message:t}){return n===void 0?i(t):n.replace(t,()=>i(t))}e(l,"stackOf");function m(n){let{code:t,kind:r,message:s,details:o,hint:u,exitCode:c}=n,f={...o.length>0&&{details:o},...u!==void 0&&{hint:u}};return{error:{code:t,kind:r,message:s,...f,exitCode:c}}}e(m,"failureDocument");function $(n,t){return`${JSON.stringify(n,(s,o)=>typeof o=="string"?t(o):o,2).split(`
`).map(g).join(`
`)}
`}e($,"jsonText");function g(n){return i(n.replaceAll("\x7F","\\u007f"))}e(g,"jsonLine");export{h as a,p as b,a as c,m as d,$ as e};
