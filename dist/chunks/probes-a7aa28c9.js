import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
var e=".resguardo-check",o="probe";export{e as a,o as b};
