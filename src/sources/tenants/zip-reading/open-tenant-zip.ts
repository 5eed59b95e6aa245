// A tenant's ZIP, looked at before anything is done with it.
import { Failure } from '../../../domain/failure.ts'
import { readmeFile, type TenantTables, tablesFile } from '../../../domain/tenants/tenant-zip.ts'
import type { OpenTenantZip } from '../../../operations/tenant-ports.ts'
import { ofAnotherMaker, parseTables } from './tables-json.ts'
import { ZipContents } from './zip-contents.ts'

/** More than this no list of tables is. */
const listLimit = 64 << 20

/**
 * Reads the list of entries and `tables.json`; the tables are read, and held against it, when they are restored. Throws
 * a failure of kind integrity for names outside of the folder, entries too many or too few, and what would inflate
 * beyond `contentBytes`.
 */
export const openTenantZip: OpenTenantZip = async (path, { contentBytes }) => {
  const contents = await ZipContents.open(path)
  try {
    const total = [...contents.sizes.values()].reduce((sum, size) => sum + size, 0)
    if (total > contentBytes) throw bomb(total, contentBytes)
    const tables = parseTables(await readList(contents))
    requireSameEntries(contents, tables)
    return { path, tables }
  } finally {
    contents.close()
  }
}

async function readList(contents: ZipContents): Promise<string> {
  const size = contents.sizes.get(tablesFile) ?? 0
  if (size > listLimit) throw bomb(size, listLimit)
  const pieces: Buffer[] = []
  for await (const piece of contents.read(tablesFile)) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

/** What is listed is there, as long as it should be; and nothing else is. */
export function requireSameEntries({ sizes }: ZipContents, { tables }: TenantTables): void {
  const listed = new Map(tables.map(({ file, bytes }) => [file, bytes]))
  const unknown = [...sizes.keys()].filter((name) => name !== tablesFile && name !== readmeFile && !listed.has(name))
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
