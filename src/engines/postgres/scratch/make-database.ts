// Creates the scratch database, as similar to the source's as the server permits.
import type pg from 'pg'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import { createDatabaseStatement, type DatabaseShape } from '../live/create-database.ts'

/**
 * Creates the database with the source's encoding and locale, or with C if the server does not have that locale.
 * Returns notes. `closed`: the database accepts no connections.
 */
export async function makeDatabase(
  client: pg.Client,
  name: string,
  manifest: PostgresManifest,
  owner: string | undefined,
  { major, closed = false }: { readonly major: number; readonly closed?: boolean },
): Promise<string[]> {
  const { encoding, collate, ctype, provider, locale } = manifest.database
  const shape: DatabaseShape = { owner, encoding, collate, ctype, provider, locale }
  const clause = closed ? ' ALLOW_CONNECTIONS false' : ''
  try {
    await client.query(createDatabaseStatement(name, shape, major) + clause)
    return []
  } catch (error) {
    if (!isAboutLocale(error)) throw error
    const plain: DatabaseShape = { owner, encoding, collate: 'C', ctype: 'C', provider: 'libc', locale: undefined }
    await client.query(createDatabaseStatement(name, plain, major) + clause)
    return [
      `Locale ${locale ?? collate} is missing here, so the backup was restored with C; the sort order was not tested.`,
    ]
  }
}

function isAboutLocale(error: unknown): boolean {
  const { message = '' } = error as { message?: string }
  return /locale|LC_COLLATE|LC_CTYPE|ICU|collation/i.test(message)
}
