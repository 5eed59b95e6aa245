// The report of a backup of a whole database.
import type { KindReport } from '../../commands/world.ts'
import type { PostgresManifest } from '../../domain/manifest/manifest.ts'
import { contentOf, postgresFacts, rolesByHand } from '../postgres-report.ts'

export const report: KindReport<PostgresManifest> = {
  sizes: { rows: 'Rows', bytes: 'Uncompressed dump' },
  facts: postgresFacts,
  restore: ({ database }) => ({ confirm: database.name }),
  byHand: (manifest) => [...rolesByHand(manifest), ...databaseByHand(manifest)],
}

function databaseByHand({ payloads, dump }: PostgresManifest): string[] {
  const archive = payloads.find(({ role }) => role === 'archive')
  if (!archive || dump.format === 'directory') return []
  const tool =
    dump.format === 'plain' ? 'psql -d restored' : 'pg_restore --exit-on-error --single-transaction -d restored'
  return [`createdb restored && ${contentOf(archive)} | ${tool}`]
}
