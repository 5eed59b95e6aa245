import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as o}from"./runtime-01ba4719.js";function e(n){return`${n}::text !~ '[^\\x01-\\x7F]'`}o(e,"isAsciiSql");function i(n){let{code:t}=n;return t==="22P05"||t==="22021"}o(i,"isUnconvertible");export{e as a,i as b};
