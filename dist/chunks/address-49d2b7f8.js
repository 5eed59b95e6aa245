import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{o as a,p as b,q as c,r as d,s as e,t as f}from"./session-settings-41dd017c.js";import"./failure-codes-of-databases-8f654ab9.js";import"./runtime-01ba4719.js";export{f as clientConfig,e as connectionWithoutSecrets,a as parseAddress,c as toUrl,d as toolEnvironment,b as withDatabase};
