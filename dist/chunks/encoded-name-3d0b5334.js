import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as e}from"./runtime-01ba4719.js";function o(n){return encodeURIComponent(n).replaceAll(/[.!'()*~]/g,t=>`%${t.charCodeAt(0).toString(16).toUpperCase()}`)}e(o,"encodedName");export{o as a};
