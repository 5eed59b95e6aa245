import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as s}from"./failure-codes-aa2bbb4e.js";import{a as r}from"./runtime-01ba4719.js";var t=class extends s{static{r(this,"UnknownTenant")}constructor(e,i){super("usage",e,{hint:i})}};export{t as a};
