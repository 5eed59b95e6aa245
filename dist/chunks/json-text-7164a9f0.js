import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as l}from"./plain-text-317b2385.js";import{a as c}from"./lazily-75aa47c8.js";import{a as r}from"./runtime-01ba4719.js";function O(n,t){return[...a(n,t)].join("")}r(O,"jsonText");function*a(n,t){yield*m(n,t,0),yield`
`}r(a,"jsonPieces");var x=3,k=4096;function*m(n,t,e){if(e===x||typeof n!="object"||n===null||$(n))return yield g(n,t,"  ".repeat(e))??"null";let i=Symbol.iterator in n,[o,f]=i?"[]":"{}",s=o;for(let[p,u]of i?d(n):Object.entries(n))!i&&u===void 0||(yield`${s}
${"  ".repeat(e+1)}${i?"":`${g(p,b=>b,"")}: `}`,yield*m(u,t,e+1),s=",");yield s===","?`
${"  ".repeat(e)}${f}`:`${o}${f}`}r(m,"valuePieces");function $(n){return y(n,k)>0}r($,"isSmall");function y(n,t){if(typeof n=="string")return t-n.length;if(typeof n!="object"||n===null||"toJSON"in n)return t-10;if(Symbol.iterator in n&&!Array.isArray(n))return 0;let e=t-10;for(let i in n){if(e<=0)return 0;e=y(n[i],e-i.length)}return e}r(y,"budgetAfter");function d(n){return c(n,t=>["",t])}r(d,"unnamed");function g(n,t,e){let o=JSON.stringify(n,r((f,s)=>typeof s=="string"?t(s):s,"masked"),2);return o!==void 0&&j.test(o)?o.replaceAll(`
`,`
${e}`):o?.split(`
`).map(w).join(`
${e}`)}r(g,"wholeText");var j=/^[\x20-\x7e\n]*$/;function w(n){return l(n.replaceAll("\x7F","\\u007f"))}r(w,"jsonLine");export{O as a,a as b};
