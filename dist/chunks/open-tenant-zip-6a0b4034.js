import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{c as a,d as b}from"./yauzl-f8ae206f.js";import"./tenant-zip-fd877456.js";import"./zod-efb3ced4.js";import"./failure-codes-of-databases-f4760b21.js";import"./runtime-01ba4719.js";export{a as openTenantZip,b as requireSameEntries};
