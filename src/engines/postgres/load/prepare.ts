// Prepares a database for the load of a part of another one: creates schemas and extensions that the part does not
// contain.
import pg from 'pg'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { otherVersions } from './make-extensions.ts'

/**
 * For a dump of selected schemas or tables, or a selection from a dump. Creates schemas that entries use and no entry
 * creates, and the source's extensions that this server has, because pg_dump leaves them out of a selection. Returns
 * notes.
 */
export async function prepareForPart(
  address: Address,
  manifest: PostgresManifest,
  entries: readonly TocEntry[] | undefined,
): Promise<string[]> {
  const schemas = entries ? schemasNotMade(entries) : schemasOfTables(manifest)
  const made = new Set(entries?.filter(({ description }) => description === 'EXTENSION').map(({ tag }) => tag))
  // A script creates the selected schemas, so none may exist before.
  const wanted = entries || manifest.dump.selection.schemas.length === 0 ? manifest.database.extensions : []
  const extensions = wanted.filter(({ name }) => !made.has(name))
  return withClient(address, async (client) => {
    if (!entries && scriptMakesPublic(manifest)) await client.query('DROP SCHEMA IF EXISTS public')
    for (const schema of schemas) await client.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema)}`)
    const notes: string[] = []
    const other = await otherVersions(client, extensions)
    for (const { name, version, schema } of extensions) {
      const own = !entries?.some((entry) => entry.description === 'SCHEMA' && entry.tag === schema)
      const problem = await makeExtension(
        client,
        name,
        own ? schema : undefined,
        other.get(name)?.available ? version : undefined,
      )
      if (problem) notes.push(`Extension ${name} could not be created (${problem}); objects that need it will fail.`)
    }
    return notes
  })
}

async function makeExtension(
  client: pg.Client,
  name: string,
  schema = 'public',
  version: string | undefined = undefined,
): Promise<string | undefined> {
  try {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema)}`)
    const words = version === undefined ? '' : ` VERSION ${pg.escapeLiteral(version)}`
    await client.query(
      `CREATE EXTENSION IF NOT EXISTS ${pg.escapeIdentifier(name)} SCHEMA ${pg.escapeIdentifier(schema)}${words}`,
    )
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function schemasNotMade(entries: readonly TocEntry[]): string[] {
  const made = new Set(entries.filter(({ description }) => description === 'SCHEMA').map(({ tag }) => tag))
  const used = entries
    .filter(({ description }) => !['EXTENSION', 'SCHEMA'].includes(description))
    .map(({ schema }) => schema)
  return [...new Set(used)].filter((schema) => schema !== undefined && !made.has(schema)) as string[]
}

/**
 * Whether a script creates `public`. choose-entries.ts leaves such an entry out; a script cannot, so `public` is
 * dropped.
 */
function scriptMakesPublic({ dump, fingerprint }: PostgresManifest): boolean {
  const { schemas, tables } = dump.selection
  return schemas.length > 0 && tables.length === 0 && fingerprint.tables.some(({ schema }) => schema === 'public')
}

/** A plain dump of selected tables creates no schemas; one of selected schemas creates them itself. */
function schemasOfTables({ dump, fingerprint }: PostgresManifest): string[] {
  return dump.selection.tables.length === 0 ? [] : [...new Set(fingerprint.tables.map(({ schema }) => schema))]
}
