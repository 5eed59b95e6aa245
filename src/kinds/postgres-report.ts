// Parts of reports that the kinds `platform` and `tenant` share.

import type { Payload, PostgresManifest } from '../domain/manifest/manifest.ts'
import { shellWord } from '../domain/text/command-line.ts'
import { formatBytes } from '../domain/text/quantities.ts'
import type { Fact } from '../report/report.ts'

export function postgresFacts({ database, server, snapshot, dump, fingerprint, notes }: PostgresManifest): Fact[] {
  return [
    ['Database', `${database.name}, ${formatBytes(database.bytes)} on the server, PostgreSQL ${server.version}`],
    ['Snapshot', snapshot.taken],
    ['Tables', String(fingerprint.tables.length)],
    ['Row counts', rowCounts[dump.sourceCounts]],
    ...notes.map((note): Fact => ['Note', note]),
  ]
}

const rowCounts: Readonly<Record<PostgresManifest['dump']['sourceCounts'], string>> = {
  agreed: 'the dump matches the exact row count of every table in the same snapshot',
  partly: 'the dump matches the exact row counts of some tables in the same snapshot; the notes name the others',
  'not-taken': 'not compared with the tables (--no-source-counts)',
}

/**
 * Shell commands that create the roles. The file also sets the password of `postgres`, which the administrator of the
 * new server most likely is.
 */
export function rolesByHand({ payloads }: PostgresManifest): string[] {
  const globals = payloads.find(({ role }) => role === 'globals')
  if (!globals) return []
  return [
    '# roles and tablespaces, on a new server; "already exists" is harmless',
    `${contentOf(globals)} | grep -v '^ALTER ROLE postgres ' | psql -d postgres`,
  ]
}

/** The shell command that prints the content of a stored file. */
export function contentOf({ file, encodings }: Payload): string {
  return encodings.includes('zstd') ? `zstd -dc ${shellWord(file)}` : `cat ${shellWord(file)}`
}
