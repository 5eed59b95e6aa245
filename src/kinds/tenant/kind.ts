// Backups of the rows of tenants, as one ZIP of CSVs per tenant.

import type { BackupKind } from '../../commands/world.ts'
import type { PostgresManifest } from '../../domain/manifest/manifest.ts'
import { tenantDrillInputs } from '../../inputs/test-restore.ts'
import { schemaOnly } from '../../operations/backup/backup-source.ts'
import { openTenantScratch } from '../../operations/drill/tenant-scratch.ts'
import { postgresParts, rowsOf } from '../postgres.ts'
import { backUpDatabase } from '../postgres-backup.ts'
import { checkBackup, type TenantValues, tenantsOf } from './backup.ts'
import { backupInputs } from './backup-inputs.ts'
import { tenantReport } from './report.ts'
import { checkRestore, runRestore, wrongKind } from './restore.ts'
import { restoreInputs } from './restore-inputs.ts'

export const tenant: BackupKind<PostgresManifest> = {
  ...postgresParts,
  name: 'tenant',
  report: tenantReport,
  backup: {
    summary: 'Back up the rows of tenants, as one ZIP of CSVs per tenant',
    subject: 'ZIPs of CSVs',
    inputs: backupInputs,
    main: 'tenant',
    check: checkBackup,
    run: (stores, values: TenantValues, world) =>
      backUpDatabase(
        { dump: schemaOnly, tenants: { only: true, open: tenantsOf(values, world) }, allowEmpty: false },
        stores,
        values,
        world,
      ),
  },
  restore: {
    summary: 'Restore the rows of one tenant into the live database, in one transaction',
    subject: 'the rows of one tenant',
    inputs: restoreInputs,
    check: checkRestore,
    run: runRestore,
    wrongKind,
  },
  // Bytes are not compared, because they depend on how many tenants share a ZIP.
  sizeOf: (content) => ({ rows: rowsOf(content), bytes: 0 }),
  titles: { dump: 'Dumping tenants', compare: 'Comparing the dump with the source', drill: 'Comparing every table' },
  isWhole: () => true,
  isComparable: ({ tenants: one }, { tenants: other }) =>
    String(one?.asked) === String(other?.asked) && one?.includesShared === other?.includesShared,
  drill: {
    summary: 'Drill a backup of tenants: load each ZIP into a scratch database and compare every row',
    inputs: tenantDrillInputs,
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
