import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as e}from"./runtime-01ba4719.js";import{createServer as s}from"node:net";function m(){return new Promise((o,t)=>{let r=s();r.once("error",t),r.listen(0,"127.0.0.1",()=>{let{port:n}=r.address();r.close(()=>o(n))})})}e(m,"freePort");export{m as a};
