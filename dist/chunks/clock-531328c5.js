import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as e}from"./runtime-01ba4719.js";import{setTimeout as r}from"node:timers/promises";var m={now:e(()=>new Date,"now"),seconds:e(()=>performance.now()/1e3,"seconds"),async sleep(t,o){await r(t*1e3,void 0,o?{signal:o}:{}).catch(n=>{throw o?.aborted?o.reason:n})}};export{m as a};
