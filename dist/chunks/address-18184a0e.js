import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a,b}from"./address-007d6688.js";import"./failure-codes-of-databases-f4760b21.js";import"./runtime-01ba4719.js";export{b as displayNode,a as parseRedisAddress};
