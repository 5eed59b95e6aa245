// A tenant's ZIP, checked before its rows are read.
import { Failure } from '../../../../domain/failures/failure.ts'
import { mostTextBytes, readmeFile, type TenantTables, tablesFile } from '../../../../domain/tenants/tenant-zip.ts'
import type { OpenTenantZip } from '../../../../ports/tenant.ts'
import { requireEmptyOnes } from './csv-of-table.ts'
import { ofAnotherMaker, parseTables } from './tables-json.ts'
import { ZipContents } from './zip-contents.ts'

/**
 * Reads the list of entries and `tables.json`; the tables are read, and held against it, when they are restored. Throws
 * a failure of kind integrity for names outside of the folder, entries too many or too few, and what would inflate
 * beyond `contentBytes`.
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

/** Somebody may have replaced the file since it was checked. */
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

/** Throws a failure of kind integrity if the entries together are larger. */
export function requireContentBytes({ sizes }: ZipContents, limit: number): void {
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  if (total > limit) throw bomb(total, limit)
}

/** A text entry. Throws a failure of kind integrity for one that is too large. */
export async function readText(contents: ZipContents, name: string): Promise<string> {
  const size = contents.sizes.get(name) ?? 0
  if (size > mostTextBytes) throw bomb(size, mostTextBytes)
  const pieces: Buffer[] = []
  for await (const piece of contents.read(name)) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

/** What is listed is there, as long as it should be; and nothing else is, apart from files `about` the tables. */
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
