// Creates extensions in the versions of the source if the server has them: pg_dump writes CREATE EXTENSION without a
// version.
import pg from 'pg'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { withClient } from '../connection/connect.ts'
import type { LoadRequest } from './request.ts'

export interface MadeExtensions {
  /** Entries that exist now: schemas of the extensions. */
  readonly made: ReadonlySet<TocEntry>
  readonly notes: readonly string[]
}

type Extension = PostgresManifest['database']['extensions'][number]

/**
 * Creates the extensions of the backup before anything is loaded if the server's default version of one differs from
 * the source's. `entries` undefined: a script, which creates its schemas itself, so only extensions in existing schemas
 * can be created.
 */
export async function makeExtensions(
  request: LoadRequest,
  entries: readonly TocEntry[] | undefined,
): Promise<MadeExtensions> {
  const made = new Set<TocEntry>()
  const notes: string[] = []
  const extensions = inOrder(request, entries)
  if (extensions.length === 0) return { made, notes }
  await withClient(request.address, async (client) => {
    const other = await otherVersions(client, extensions)
    if (other.size === 0) return
    if (request.role !== undefined) await client.query(`SET ROLE ${pg.escapeIdentifier(request.role)}`)
    for (const extension of extensions) {
      const found = other.get(extension.name)
      const wanted = found?.available ? extension.version : undefined
      const schema = await schemaFor(client, request, extension, entries)
      if (schema === undefined) continue
      if (schema.entry) made.add(schema.entry)
      const problem = await make(client, extension.name, schema.clause, wanted, entries === undefined)
      if (problem !== undefined && found)
        notes.push(`Extension ${extension.name} could not be created in version ${extension.version}: ${problem}.`)
    }
  })
  return { made, notes }
}

/** In the archive's order, in which an extension comes after those that it requires. */
function inOrder({ manifest }: LoadRequest, entries: readonly TocEntry[] | undefined): readonly Extension[] {
  const { extensions } = manifest.database
  if (!entries) return extensions
  return entries.flatMap(({ description, tag }) =>
    description === 'EXTENSION' ? extensions.filter(({ name }) => name === tag) : [],
  )
}

interface OtherVersion {
  /** Whether the server has the version of the backup too. */
  readonly available: boolean
}

/** Extensions that do not exist in the database yet and that CREATE EXTENSION would create in another version. */
export async function otherVersions(
  client: pg.Client,
  extensions: readonly Extension[],
): Promise<Map<string, OtherVersion>> {
  const { rows } = await client.query<OtherVersion & { name: string }>(
    `SELECT w.name,
            EXISTS (SELECT FROM pg_available_extension_versions v WHERE v.name = w.name AND v.version = w.version) AS available
       FROM unnest($1::text[], $2::text[]) AS w(name, version) JOIN pg_available_extensions a ON a.name = w.name
      WHERE a.default_version <> w.version AND a.installed_version IS NULL`,
    [extensions.map(({ name }) => name), extensions.map(({ version }) => version)],
  )
  return new Map(rows.map(({ name, ...other }) => [name, other]))
}

/**
 * The clause for the schema, which is created if the archive creates it; undefined if the script must create it first.
 */
async function schemaFor(
  client: pg.Client,
  { noOwner }: LoadRequest,
  { schema }: Extension,
  entries: readonly TocEntry[] | undefined,
): Promise<{ clause: string; entry?: TocEntry } | undefined> {
  const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema])
  const clause = `SCHEMA ${pg.escapeIdentifier(schema)}`
  if (rowCount) return { clause }
  if (!entries) return undefined
  const entry = entries.find(({ description, tag }) => description === 'SCHEMA' && tag === schema)
  if (!entry) return { clause: '' } // the extension creates it
  const owner = noOwner || !entry.owner ? '' : ` AUTHORIZATION ${pg.escapeIdentifier(entry.owner)}`
  await client.query(`CREATE SCHEMA ${pg.escapeIdentifier(schema)}${owner}`)
  return { clause, entry }
}

async function make(
  client: pg.Client,
  name: string,
  schema: string,
  version: string | undefined,
  cascade: boolean,
): Promise<string | undefined> {
  const words = [
    schema,
    ...(version === undefined ? [] : [`VERSION ${pg.escapeLiteral(version)}`]),
    ...(cascade ? ['CASCADE'] : []),
  ]
  try {
    await client.query(`CREATE EXTENSION IF NOT EXISTS ${pg.escapeIdentifier(name)} ${words.join(' ')}`)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
