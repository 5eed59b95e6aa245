import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{c as r}from"./redis-fingerprint-f3df3c73.js";import{a as e}from"./runtime-01ba4719.js";function d({engine:n,version:o}){return r({product:n,version:o})}e(d,"serverName");export{d as a};
