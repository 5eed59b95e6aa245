import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{b as t}from"./failure-codes-aa2bbb4e.js";import{a as i}from"./runtime-01ba4719.js";function d(e){let[n,r]=e;if(!n||!r)return n;let o=[...new Set(e.map(({message:u})=>u))];return new t(n.code,o.join("; "),{...n.hint===void 0?{}:{hint:n.hint},cause:n})}i(d,"joinFailures");export{d as a};
