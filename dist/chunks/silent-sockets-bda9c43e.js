import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a,b,c}from"./silent-sockets-a1be1f5b.js";import"./runtime-01ba4719.js";export{a as SilentServer,c as endSilentSockets,b as watchSocket};
