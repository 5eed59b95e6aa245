import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as o}from"./runtime-01ba4719.js";function a(t){return/^(localhost|([a-z0-9-]+\.)+localhost|127(\.\d{1,3}){3}|\[?(::1|::ffff:127(\.\d{1,3}){3})\]?|\/.*)$/i.test(t)}o(a,"isLoopback");export{a};
