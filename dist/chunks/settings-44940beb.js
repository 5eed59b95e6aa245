import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
var e={attempts:7,firstDelay:.5,longestDelay:15,connectTimeout:10,idleTimeout:30,answerTimeout:60,longestOutage:120},n=3;export{e as a,n as b};
