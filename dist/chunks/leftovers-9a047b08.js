import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
import{a,b,c,d,e}from"./leftovers-0a6bcecd.js";import"./child-cb2dd360.js";import"./supervisor-25b59a1e.js";import"./failure-codes-aa2bbb4e.js";import"./runtime-01ba4719.js";export{b as makeOwnFolder,c as removeOwnFolder,e as sweepLeftovers,a as temporaryPrefixes,d as withOwnFolder};
