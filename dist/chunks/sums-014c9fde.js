import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a as n}from"./runtime-01ba4719.js";function o(e){return e.map(({file:r,sha256:t})=>`${/[\\\n\r]/.test(r)?"\\":""}${t}  ${i(r)}
`).join("")}n(o,"sumsText");function i(e){return e.replaceAll("\\","\\\\").replaceAll(`
`,"\\n").replaceAll("\r","\\r")}n(i,"escapeName");export{o as a};
