import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as l}from"./plain-text-317b2385.js";import{a as f}from"./lazily-75aa47c8.js";import{a as e}from"./runtime-01ba4719.js";function $(n,t){return[...b(n,t)].join("")}e($,"jsonText");function*b(n,t){yield*m(n,t,0),yield`
`}e(b,"jsonPieces");var d=3;function*m(n,t,i){if(i===d||typeof n!="object"||n===null||"toJSON"in n)return yield c(n,t,"  ".repeat(i))??"null";let o=Symbol.iterator in n,[s,r]=o?"[]":"{}",u=s;for(let[y,g]of o?p(n):Object.entries(n))!o&&g===void 0||(yield`${u}
${"  ".repeat(i+1)}${o?"":`${c(y,a=>a,"")}: `}`,yield*m(g,t,i+1),u=",");yield u===","?`
${"  ".repeat(i)}${r}`:`${s}${r}`}e(m,"valuePieces");function p(n){return f(n,t=>["",t])}e(p,"unnamed");function c(n,t,i){return JSON.stringify(n,e((s,r)=>typeof r=="string"?t(r):r,"masked"),2)?.split(`
`).map(k).join(`
${i}`)}e(c,"wholeText");function k(n){return l(n.replaceAll("\x7F","\\u007f"))}e(k,"jsonLine");export{$ as a,b};
