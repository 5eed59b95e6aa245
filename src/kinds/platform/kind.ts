// Backups of a whole PostgreSQL database.
import type { PostgresManifest, Selection } from '../../domain/manifest.ts'
import type { StoredKind } from '../../operations/kind-ports.ts'
import { postgresParts, rowsOf } from '../postgres.ts'

export const platform: StoredKind<PostgresManifest> = {
  ...postgresParts,
  name: 'platform',
  titles: { dump: 'Dumping', compare: 'Comparing the dump with the source', drill: 'Comparing every table' },
  isWhole: ({ dump: { selection } }) => partOf(selection) === undefined,
  gateFacts: ({ database, server, dump: { selection } }) => ({
    database: database.name,
    systemIdentifier: server.systemIdentifier,
    part: partOf(selection),
  }),
  drill: {
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
