// Opens a pack: unpacks its rows once into a file, then reads them tenant by tenant.
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { Failure } from '../../../../domain/failures/failure.ts'
import { indexFile, type PackSlice } from '../../../../domain/tenants/pack-index.ts'
import {
  type PackTables,
  readmeFile,
  type TenantTables,
  tablesFile,
  tenantFormat,
  type ZippedTable,
} from '../../../../domain/tenants/tenant-zip.ts'
import type { OpenTenantPack, TenantContents, TenantPack, TenantZip } from '../../../../ports/tenant.ts'
import { writePrivateFile } from '../../../../streams/files/write-private-file.ts'
import { readCsv } from './csv-of-table.ts'
import { CsvSum } from './csv-sum.ts'
import { readText, requireContentBytes, requireSameEntries } from './open-tenant-zip.ts'
import { type PackIndexEntries, parsePackIndex, type RowsOfCsv } from './parse-pack-index.ts'
import { ofAnotherMaker, parsePackTables } from './tables-json.ts'
import { ZipContents } from './zip-contents.ts'

export const openTenantPack: OpenTenantPack = async (path, { contentBytes }) => {
  const contents = await ZipContents.open(path)
  try {
    requireContentBytes(contents, contentBytes)
    const tables = parsePackTables(await readText(contents, tablesFile))
    requireSameEntries(contents, tables, [tablesFile, readmeFile, indexFile])
    const text = await readText(contents, indexFile)
    const rowsPath = `${path}.rows`
    const files = await unpack(contents, tables, rowsPath)
    return new UnpackedPack(rowsPath, { tables, files, entries: parsePackIndex(text, { ...tables, files }) })
  } finally {
    await contents.close()
  }
}

/** A CSV of the pack: its header, and the place of its rows in the file with the rows of all tables. */
interface UnpackedCsv extends RowsOfCsv {
  readonly header: Buffer
  /** Offset of the rows in that file. */
  readonly base: number
}

/** Writes the rows of all tables to a file, one table after another, and verifies them with `tables.json`. */
async function unpack(
  contents: ZipContents,
  { tables, excel }: PackTables,
  path: string,
): Promise<ReadonlyMap<string, UnpackedCsv>> {
  const files = new Map<string, UnpackedCsv>()
  let base = 0
  async function* rowsOf(table: ZippedTable): AsyncGenerator<Buffer> {
    let header = Buffer.alloc(0)
    const onHeader = (bytes: Buffer): void => {
      header = Buffer.from(bytes)
    }
    yield* readCsv({ contents, table, excel, sum: new CsvSum(), onHeader })
    const { file, bytes, rows } = table
    files.set(file, { header, base, start: header.length, end: bytes, rows })
    base += bytes - header.length
  }
  async function* all(): AsyncGenerator<Buffer> {
    for (const table of tables) yield* rowsOf(table)
  }
  await writePrivateFile(all(), path)
  return files
}

interface Unpacked {
  readonly tables: PackTables
  readonly files: ReadonlyMap<string, UnpackedCsv>
  readonly entries: PackIndexEntries
}

class UnpackedPack implements TenantPack {
  readonly #path: string
  readonly #unpacked: Unpacked

  constructor(path: string, unpacked: Unpacked) {
    this.#path = path
    this.#unpacked = unpacked
  }

  get backup(): string {
    return this.#unpacked.tables.backup
  }

  get tenants(): readonly string[] {
    return this.#unpacked.tables.tenants
  }

  async of(tenant: string): Promise<TenantZip> {
    const { files, entries, tables } = this.#unpacked
    const slices = entries.get(tenant)
    if (!slices) throw new Error('the pack does not have this tenant')
    const opened = async () => new TenantInPack(await open(this.#path), files, slices)
    const contents = await opened()
    try {
      for (const slice of slices.values()) await contents.verify(slice)
    } finally {
      await contents.close()
    }
    return { tables: tablesOf(tenant, tables, { files, slices }), open: opened }
  }
}

type Slices = ReadonlyMap<string, PackSlice>
type Files = ReadonlyMap<string, UnpackedCsv>

const sha256OfNothing = createHash('sha256').digest('hex')

function tablesOf(
  tenant: string,
  { tables, tenants: _, ...rest }: PackTables,
  { files, slices }: { readonly files: Files; readonly slices: Slices },
): TenantTables {
  const own = tables.map((table) => {
    const { rows = 0, bytes = 0, sha256 = sha256OfNothing } = slices.get(table.file) ?? {}
    return { ...table, rows, sha256, bytes: bytes + (files.get(table.file)?.header.length ?? 0) }
  })
  return { ...rest, format: tenantFormat, tenant, tables: own }
}

/** The CSVs of one tenant, as in a ZIP with this tenant alone. */
class TenantInPack implements TenantContents {
  readonly #rows: FileHandle
  readonly #files: Files
  readonly #slices: Slices

  constructor(rows: FileHandle, files: Files, slices: Slices) {
    this.#rows = rows
    this.#files = files
    this.#slices = slices
  }

  async *read(file: string): AsyncGenerator<Buffer> {
    const csv = this.#files.get(file)
    if (!csv) throw new Error(`the pack does not have ${file}`)
    yield csv.header
    const slice = this.#slices.get(file)
    if (slice) yield* this.#rowsOf(slice, csv)
  }

  async verify(slice: PackSlice): Promise<void> {
    const csv = this.#files.get(slice.file) as UnpackedCsv
    const digest = createHash('sha256')
    for await (const piece of this.#rowsOf(slice, csv)) digest.update(piece)
    if (digest.digest('hex') === slice.sha256) return
    throw new Failure('tenant/zip-damaged', `rows in ${slice.file} do not have the SHA-256 in ${indexFile}`, {
      hint: ofAnotherMaker,
    })
  }

  async close(): Promise<void> {
    await this.#rows.close()
  }

  async *#rowsOf({ offset, bytes }: PackSlice, { base, start }: UnpackedCsv): AsyncGenerator<Buffer> {
    const from = base + offset - start
    const range = { start: from, end: from + bytes - 1, autoClose: false, highWaterMark: 1 << 18 }
    yield* this.#rows.createReadStream(range) as AsyncIterable<Buffer>
  }
}
