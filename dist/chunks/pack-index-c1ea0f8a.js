import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as s}from"./encoded-name-3d0b5334.js";import{a as r}from"./runtime-01ba4719.js";var f="tenants.csv",l=`tenant,file,rows,offset,bytes,sha256
`,o=class{static{r(this,"PackIndex")}#e=[l];#t=new Map;add(e,{file:t,rows:i,offset:a,bytes:n,sha256:d}){this.#e.push(`${s(e)},${t},${i},${a},${n},${d}
`),this.#t.set(t,this.rowBytesOf(t)+n)}rowBytesOf(e){return this.#t.get(e)??0}text(){return this.#e.join("")}};export{f as a,l as b,o as c};
