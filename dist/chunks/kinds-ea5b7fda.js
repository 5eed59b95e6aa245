import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as e}from"./runtime-01ba4719.js";function l(n){return n.replaceAll(/-([a-z0-9])/g,(r,a)=>a.toUpperCase())}e(l,"camelCase");export{l as a};
