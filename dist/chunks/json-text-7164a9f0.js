import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as u}from"./plain-text-573f0c1c.js";import{a as i}from"./runtime-01ba4719.js";function j(n,t){return[...x(n,t)].join("")}i(j,"jsonText");function*x(n,t){yield*l(n,t,0),yield`
`}i(x,"jsonPieces");var $=3;function*l(n,t,e){if(e===$||typeof n!="object"||n===null||"toJSON"in n)return yield c(n,t,"  ".repeat(e))??"null";let o=Array.isArray(n),[s,r]=o?"[]":"{}",g=s;for(let[y,f]of o?n.entries():Object.entries(n))!o&&f===void 0||(yield`${g}
${"  ".repeat(e+1)}${o?"":`${c(y,p=>p,"")}: `}`,yield*l(f,t,e+1),g=",");yield g===","?`
${"  ".repeat(e)}${r}`:`${s}${r}`}i(l,"valuePieces");function c(n,t,e){return JSON.stringify(n,i((s,r)=>typeof r=="string"?t(r):r,"masked"),2)?.split(`
`).map(d).join(`
${e}`)}i(c,"wholeText");function d(n){return u(n.replaceAll("\x7F","\\u007f"))}i(d,"jsonLine");export{j as a,x as b};
