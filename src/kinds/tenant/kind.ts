// Backups of the rows of tenants, as ZIPs of CSVs.
import type { PostgresManifest } from '../../domain/manifest.ts'
import type { StoredKind } from '../../operations/kind-ports.ts'
import { openTenantScratch } from '../../operations/tenant-scratch.ts'
import { postgresParts, rowsOf } from '../postgres.ts'

export const tenant: StoredKind<PostgresManifest> = {
  ...postgresParts,
  name: 'tenant',
  titles: { dump: 'Dumping tenants', compare: 'Comparing the dump with the source', drill: 'Comparing every table' },
  // The bytes depend on how many tenants share a ZIP.
  sizeOf: (content) => ({ rows: rowsOf(content), bytes: 0 }),
  isWhole: () => true,
  isComparable: ({ tenants: one }, { tenants: other }) =>
    String(one?.asked) === String(other?.asked) && one?.includesShared === other?.includesShared,
  drill: {
    urlVariable: 'DATABASE_URL',
    isDatabase: true,
    openScratch: (manifest, { server, tenants, ...request }, world) =>
      openTenantScratch({ ...request, manifest, ...(server && { server }) }, tenants, world),
    counts: (manifest, tried) => ({
      tables: manifest.fingerprint.tables.length,
      rows: tried?.rows ?? rowsOf(manifest),
    }),
  },
}
