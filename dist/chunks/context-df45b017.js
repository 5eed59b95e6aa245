import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a}from"./context-d10692ad.js";import"./repository-19370ed9.js";import"./runtime-01ba4719.js";export{a as gitHubContext};
