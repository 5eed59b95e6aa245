import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as e}from"./runtime-01ba4719.js";function s({code:r,kind:n,message:t,hint:i}){return{code:r,kind:n,message:t,...i===void 0?{}:{hint:i}}}e(s,"failureFields");export{s as a};
