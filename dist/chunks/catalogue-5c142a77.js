import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as r}from"./runtime-01ba4719.js";function o({name:a,id:t,keys:l}){let e=`${a}/${t.text}/`;return l.flatMap(({key:n})=>n.startsWith(`${e}tenants/`)?[n.slice(e.length)]:[])}r(o,"tenantFiles");export{o as a};
