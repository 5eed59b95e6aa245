import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as t}from"./runtime-01ba4719.js";function s(r,n,i=`${n}s`){return`${r} ${r===1?n:i}`}t(s,"plural");export{s as a};
