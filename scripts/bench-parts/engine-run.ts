// Makes one dump into a directory with the named engine: `engine-run.ts child|node FOLDER`; the database is
// DATABASE_URL.
import { tmpdir } from 'node:os'
import { openPlatform } from '../../src/engines/postgres/platform.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { writeToStores } from '../../src/streams/write-to-stores.ts'

const [engine, folder = ''] = process.argv.slice(2)
const platform = await openPlatform(process.env.DATABASE_URL ?? '', { installTools: false })
const store = openDirectoryStore(folder)
await store.check(true)
const { signal } = new AbortController()
const selection = {
  schemas: [],
  excludeSchemas: [],
  tables: [],
  excludeTables: [],
  excludeTableData: [],
  parts: 'all' as const,
}
const dump = await platform.openDump({
  ...{ format: 'custom', selection, jobs: 1, sourceCounts: false, globals: false, lockTimeout: 60 },
  ...{ temporary: tmpdir(), signal },
})
for await (const { file, stream, estimate } of dump.payloads()) {
  await writeToStores({
    ...{ source: stream, key: `engine/${file}`, estimate, destinations: [{ store }], signal, onProgress: () => {} },
    compression: { method: 'zstd', level: 3, engine: engine === 'node' ? 'node' : 'child' },
  })
}
await dump.finish()
await dump.close()
