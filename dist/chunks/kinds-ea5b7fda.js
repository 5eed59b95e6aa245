import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as n}from"./runtime-01ba4719.js";function l(e,a){return e.kind==="secret"&&e.orPath===!0&&!a.includes("-----BEGIN")}n(l,"isSecretPath");function t(e){return e.replaceAll(/-([a-z0-9])/g,(a,r)=>r.toUpperCase())}n(t,"camelCase");export{l as a,t as b};
