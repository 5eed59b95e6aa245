import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as n}from"./runtime-01ba4719.js";function t({kind:i,message:r,hint:e}){return{kind:i,sentence:r,...e===void 0?{}:{hint:e}}}n(t,"failureFields");export{t as a};
