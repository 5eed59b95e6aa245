import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
var e=".resguardo-check";export{e as a};
