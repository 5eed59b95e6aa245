// Finds extensions with another version in the restored database than in the backup; a server may lack a version.
import type pg from 'pg'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'

/** Returns a sentence for each such extension. */
export async function noteVersions(client: pg.Client, { database }: PostgresManifest): Promise<readonly string[]> {
  const { extensions } = database
  const { rows } = await client.query<{ name: string; there: string; here: string }>(
    `SELECT w.name, w.version AS there, e.extversion AS here
       FROM unnest($1::text[], $2::text[]) AS w(name, version) JOIN pg_extension e ON e.extname = w.name
      WHERE e.extversion <> w.version ORDER BY 1`,
    [extensions.map(({ name }) => name), extensions.map(({ version }) => version)],
  )
  return rows.map(
    ({ name, there, here }) => `Extension ${name} has version ${here} here; the backup has version ${there}.`,
  )
}
