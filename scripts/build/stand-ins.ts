// Packages in whose place modules of our own go, with the same interface: into the bundle, and into the tests.

/** Package -> path of the module, from the root. */
export const standIns: Readonly<Record<string, string>> = { 'crc32-stream': 'src/streams/crc32-stream.ts' }

/** Packages that import them. */
export const importers = /node_modules\/(?:archiver|zip-stream|compress-commons)\//
