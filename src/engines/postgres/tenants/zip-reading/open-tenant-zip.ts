// Opens a tenant's ZIP, and checks it before its rows are read.
import { Failure } from '../../../../domain/failures/failure.ts'
import { mostTextBytes, readmeFile, type TenantTables, tablesFile } from '../../../../domain/tenants/tenant-zip.ts'
import type { OpenTenantZip } from '../../../../ports/tenant.ts'
import { requireEmptyOnes } from './csv-of-table.ts'
import { ofAnotherMaker, parseTables } from './tables-json.ts'
import { ZipContents } from './zip-contents.ts'

/**
 * Reads the list of entries and `tables.json`. The tables are verified when they are restored. Throws a failure of kind
 * integrity for names outside of the folder, unlisted or missing entries, and more than `contentBytes` of uncompressed
 * content.
 */
export const openTenantZip: OpenTenantZip = async (path, { contentBytes }) => {
  const contents = await ZipContents.open(path)
  try {
    requireContentBytes(contents, contentBytes)
    const tables = parseTables(await readText(contents, tablesFile))
    requireSameEntries(contents, tables)
    return { tables, open: () => openRows(path, tables) }
  } finally {
    await contents.close()
  }
}

/** Checks the entries again, because the file may have been replaced since. */
async function openRows(path: string, tables: TenantTables): Promise<ZipContents> {
  const contents = await ZipContents.open(path)
  try {
    requireSameEntries(contents, tables)
    await requireEmptyOnes(contents, tables)
    return contents
  } catch (error) {
    await contents.close()
    throw error
  }
}

/** Throws a failure of kind integrity if the entries together are larger than `limit` bytes uncompressed. */
export function requireContentBytes({ sizes }: ZipContents, limit: number): void {
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  if (total > limit) throw bomb(total, limit)
}

/** Reads a text entry. Throws a failure of kind integrity if it is larger than `mostTextBytes`. */
export async function readText(contents: ZipContents, name: string): Promise<string> {
  const size = contents.sizes.get(name) ?? 0
  if (size > mostTextBytes) throw bomb(size, mostTextBytes)
  const pieces: Buffer[] = []
  for await (const piece of contents.read(name)) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

/**
 * Throws a failure of kind integrity for entries that are neither listed nor in `about`, missing files, and other
 * sizes.
 */
export function requireSameEntries(
  { sizes }: ZipContents,
  { tables }: Pick<TenantTables, 'tables'>,
  about: readonly string[] = [tablesFile, readmeFile],
): void {
  const listed = new Map(tables.map(({ file, bytes }) => [file, bytes]))
  const unknown = [...sizes.keys()].filter((name) => !about.includes(name) && !listed.has(name))
  if (unknown.length > 0) throw wrong(`the ZIP contains files that ${tablesFile} does not list: ${some(unknown)}`)
  const missing = [...listed.keys()].filter((name) => !sizes.has(name))
  if (missing.length > 0) throw wrong(`the ZIP lacks files that ${tablesFile} lists: ${some(missing)}`)
  const other = [...listed].filter(([name, bytes]) => sizes.get(name) !== bytes)
  if (other.length > 0) throw wrong(`size differs from ${tablesFile}: ${some(other.map(([name]) => name))}`)
}

function bomb(bytes: number, limit: number): Failure {
  return new Failure('tenant/zip-damaged', `the ZIP would unpack to ${bytes} bytes, more than ${limit}`, {
    hint: 'Resguardo did not write this ZIP. Use another copy of the backup.',
  })
}

function wrong(sentence: string): Failure {
  return new Failure('tenant/zip-damaged', sentence, { hint: ofAnotherMaker })
}

function some(names: readonly string[]): string {
  const few = names.slice(0, 5).map((name) => JSON.stringify(name))
  return names.length > few.length ? `${few.join(', ')} and ${names.length - few.length} more` : few.join(', ')
}
