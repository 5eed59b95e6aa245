import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a,b}from"./address-02af1c00.js";import"./failure-codes-of-databases-8f654ab9.js";import"./runtime-01ba4719.js";export{b as displayNode,a as parseRedisAddress};
