import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as e}from"./runtime-01ba4719.js";function i(t,r){return{*[Symbol.iterator](){for(let o of t)yield r(o)}}}e(i,"lazily");export{i as a};
