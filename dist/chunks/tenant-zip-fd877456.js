import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
var e="resguardo-tenant/1",n="tables.json",r="README.txt";export{e as a,n as b,r as c};
