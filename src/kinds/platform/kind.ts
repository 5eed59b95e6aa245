// Backups of a whole PostgreSQL database.

import type { BackupKind } from '../../commands/world.ts'
import type { PostgresManifest, Selection } from '../../domain/manifest/manifest.ts'
import { rehearsalInputs } from '../../inputs/rehearsal.ts'
import { postgresParts, rowsOf } from '../postgres.ts'
import { backUpDatabase } from '../postgres-backup.ts'
import { checkBackup, dumpOf, type PlatformValues } from './backup.ts'
import { backupInputs } from './backup-inputs.ts'
import { report } from './report.ts'
import { runRestore } from './restore.ts'
import { restoreInputs } from './restore-inputs.ts'
import { rulesOfRestore } from './restore-rules.ts'

export const platform: BackupKind<PostgresManifest> = {
  ...postgresParts,
  name: 'platform',
  report,
  backup: {
    summary: 'Back up a whole database with pg_dump',
    subject: 'the whole database',
    inputs: backupInputs,
    main: 'platform',
    check: checkBackup,
    run: (stores, values: PlatformValues, world) =>
      backUpDatabase({ dump: dumpOf(values), allowEmpty: values.allowEmpty }, stores, values, world),
  },
  restore: {
    summary: 'Restore a database: into a new database that is swapped with the live one, in place, or only some tables',
    subject: 'the whole database',
    inputs: restoreInputs,
    check: rulesOfRestore,
    run: runRestore,
  },
  titles: { dump: 'Dumping', compare: 'Comparing the dump with the source', drill: 'Comparing every table' },
  isWhole: ({ dump: { selection } }) => partOf(selection) === undefined,
  gateFacts: ({ database, server, dump: { selection } }) => ({
    database: database.name,
    systemIdentifier: server.systemIdentifier,
    part: partOf(selection),
  }),
  drill: {
    summary: 'Drill a backup of a database: restore it into a scratch server and compare every table',
    inputs: rehearsalInputs,
    urlVariable: 'DATABASE_URL',
    isDatabase: true,
    openScratch(manifest, { server, tenants: _, ...request }, { openScratch }) {
      return openScratch({ ...request, manifest, ...(server && { server }) })
    },
    counts: (manifest) => ({ tables: manifest.fingerprint.tables.length, rows: rowsOf(manifest) }),
  },
}

function partOf({ parts, ...patterns }: Selection): string | undefined {
  if (parts !== 'all') return `it has the ${parts === 'schema-only' ? 'schema' : 'data'} only`
  const isNarrowed = Object.values(patterns).some((list) => list.length > 0)
  return isNarrowed ? 'it has only a part of the database' : undefined
}
