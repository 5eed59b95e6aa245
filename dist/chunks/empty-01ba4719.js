import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);
