import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as u}from"./plain-text-573f0c1c.js";import{a as r}from"./runtime-01ba4719.js";function c(n,s){return[...p(n,s)].join("")}r(c,"jsonText");function*p(n,s){let o=r((l,i)=>JSON.stringify(l,(e,t)=>typeof t=="string"?s(t):t,2)?.split(`
`).map(a).join(`
${i}`),"json");if(typeof n!="object"||n===null||Array.isArray(n))return yield`${o(n,"")}
`;let f="{";for(let[l,i]of Object.entries(n)){let e=Array.isArray(i)&&i.length>0?i:void 0,t=e?void 0:o(i,"  ");if(!(!e&&t===void 0)){yield`${f}
  ${o(l,"")}: ${t??"["}`,f=",";for(let[g,y]of e?.entries()??[])yield`${g>0?",":""}
    ${o(y,"    ")??"null"}`;e&&(yield`
  ]`)}}yield f==="{"?`{}
`:`
}
`}r(p,"jsonPieces");function a(n){return u(n.replaceAll("\x7F","\\u007f"))}r(a,"jsonLine");export{c as a,p as b};
