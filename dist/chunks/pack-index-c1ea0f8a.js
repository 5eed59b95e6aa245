import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as r}from"./encoded-name-3d0b5334.js";import{a as n}from"./runtime-01ba4719.js";var c="tenants.csv",y=`tenant,file,rows,offset,bytes,sha256
`,f=90;function g(s,e){return r(s).length+Buffer.byteLength(e)+f}n(g,"lineBytes");var o=class{static{n(this,"PackIndex")}#e=[y];#t=new Map;add(e,{file:t,rows:a,offset:d,bytes:i,sha256:l}){this.#e.push(`${r(e)},${t},${a},${d},${i},${l}
`),this.#t.set(t,this.rowBytesOf(t)+i)}rowBytesOf(e){return this.#t.get(e)??0}text(){return this.#e.join("")}};export{c as a,y as b,g as c,o as d};
