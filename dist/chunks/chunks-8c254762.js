import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as t}from"./runtime-01ba4719.js";function n(e){return Math.max(0,Math.ceil(e/16777216)-1)}t(n,"prefixCount");export{n as a};
