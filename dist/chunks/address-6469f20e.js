import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{i as a,j as b,k as c,l as d,m as e}from"./pg-connection-string-d84c0741.js";import"./failure-codes-aa2bbb4e.js";import"./runtime-01ba4719.js";export{e as clientConfig,a as parseAddress,c as toUrl,d as toolEnvironment,b as withDatabase};
