// Parts that the kinds `platform` and `tenant` share.
import { type ContentOf, type PostgresManifest, postgresServerIds } from '../domain/manifest/manifest.ts'
import type { StoredKind } from '../ports/kind.ts'

export const postgresParts = {
  sizeOf: ({ fingerprint }, payloads) => ({
    rows: rowsOf({ fingerprint }),
    bytes: payloads.filter(({ role }) => role !== 'globals').reduce((sum, { contentBytes }) => sum + contentBytes, 0),
  }),
  serverIds: postgresServerIds,
} satisfies Partial<StoredKind<PostgresManifest>>

/** Number of rows in all tables. */
export function rowsOf({ fingerprint }: Pick<ContentOf<PostgresManifest>, 'fingerprint'>): number {
  return fingerprint.tables.reduce((sum, { rows }) => sum + rows, 0)
}
