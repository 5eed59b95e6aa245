import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as r}from"./runtime-01ba4719.js";function s(n){let[e,t]=n;if(!e||!t)return e;let i=[...new Set(n.map(({message:o})=>o))];return e.restate(i.join("; "))}r(s,"joinFailures");export{s as a};
