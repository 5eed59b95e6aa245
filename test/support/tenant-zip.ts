// Tenant ZIPs for tests: made from a database by plain COPY, or by hand, and changed as a test requires.
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ZipArchive } from 'archiver'
import { afterAll } from 'vitest'
import type { TenantRules } from '../../src/domain/tenants/map.ts'
import { isOwned, type MappedTable, writtenColumns } from '../../src/domain/tenants/map.ts'
import { mapTenants } from '../../src/domain/tenants/map-tenants.ts'
import { type TenantTables, tenantFormat, type ZippedTable } from '../../src/domain/tenants/tenant-zip.ts'
import { connectToRead } from '../../src/engines/postgres/compare/session.ts'
import { parseAddress } from '../../src/engines/postgres/connection/address.ts'
import { readTables } from '../../src/engines/postgres/tenants/catalogue.ts'
import { csvColumns, zippedTable } from '../../src/engines/postgres/tenants/dump/columns.ts'
import { copyAll } from '../../src/engines/postgres/tenants/dump/copy-out.ts'
import { CsvRows } from '../../src/engines/postgres/tenants/dump/csv-rows.ts'
import { fromOf, OwnershipSql } from '../../src/engines/postgres/tenants/ownership-sql.ts'
import { openTenantTarget } from '../../src/engines/postgres/tenants/restore/open-tenant-target.ts'
import { openTenantZip } from '../../src/engines/postgres/tenants/zip-reading/open-tenant-zip.ts'
import type { TenantRestored, TenantRestoreRequest } from '../../src/ports/tenant.ts'

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

export const plainRules: TenantRules = { table: { schema: 'public', table: 'Tenant' }, column: 'tenantId', rules: [] }

/** The contents of a ZIP; a test may change them before it is packed. */
export interface ZipParts {
  tables: TenantTables & { tables: ZippedTable[] }
  readonly files: Map<string, Buffer>
}

interface ZipOptions {
  /** Absent: the shared tables. */
  readonly tenant?: string
  readonly rules?: TenantRules
  readonly excel?: boolean
  spoil?(parts: ZipParts): void
}

/** Reads each table by one COPY and writes a ZIP to a temporary folder. Returns its path. */
export async function makeTenantZip(
  url: string,
  { tenant, rules = plainRules, excel = false, spoil }: ZipOptions,
): Promise<string> {
  const client = await connectToRead(parseAddress(url), new AbortController().signal)
  try {
    const map = mapTenants(await readTables(client), rules)
    const sql = new OwnershipSql(map, '!')
    const wanted = (table: MappedTable): boolean =>
      (tenant === undefined ? table.ownership.kind === 'shared' : isOwned(table)) && writtenColumns(table).length > 0
    const files = new Map<string, Buffer>()
    const tables: ZippedTable[] = []
    for (const table of map.tables.filter(wanted)) {
      if (table.ownership.kind === 'schema' && table.ownership.tenant !== tenant) continue
      const { select, options, guarded } = csvColumns(table, excel)
      const where = tenant === undefined ? 'true' : sql.belongs(table, tenant)
      const from = `COPY (SELECT ${select} FROM ${fromOf(table)} AS t`
      const header = await copyAll(client, `${from} LIMIT 0) TO STDOUT (FORMAT csv, HEADER true)`)
      const rows = await copyAll(client, `${from} WHERE ${where}) TO STDOUT (${options})`)
      const about = zippedTable(table, guarded)
      files.set(about.file, Buffer.concat([...(excel ? [Buffer.from([0xef, 0xbb, 0xbf])] : []), header, rows]))
      tables.push({ ...about, rows: 0, sha256: '', bytes: 0 })
    }
    const by = { column: rules.column, ...(rules.schema !== undefined && { schema: rules.schema }) }
    const parts: ZipParts = {
      files,
      tables: {
        ...{ format: tenantFormat, backup: 'of a test', taken: '2026-11-24T02:00:00.000Z', by, excel, tables },
        ...(tenant !== undefined && { tenant }),
      },
    }
    for (const { file } of tables) seal(parts, file)
    spoil?.(parts)
    return await pack(parts)
  } finally {
    await client.end()
  }
}

/** Makes tables.json match the CSV, as a forger would. */
export function seal({ files, tables }: ZipParts, file: string): void {
  const content = files.get(file) as Buffer
  const ends: number[] = []
  const counted = new CsvRows((_, __, end) => ends.push(end))
  counted.push(content)
  const body = content.subarray(ends[0])
  const facts = {
    rows: counted.rows - 1,
    sha256: createHash('sha256').update(body).digest('hex'),
    bytes: content.length,
  }
  const at = tables.tables.findIndex((table) => table.file === file)
  tables.tables[at] = { ...(tables.tables[at] as ZippedTable), ...facts }
}

/** Adds a line to a table's CSV and seals it. */
export function addLine(parts: ZipParts, table: string, line: string): void {
  const file = fileOf(parts, table)
  parts.files.set(file, Buffer.concat([parts.files.get(file) as Buffer, Buffer.from(`${line}\n`)]))
  seal(parts, file)
}

export function fileOf({ tables }: ZipParts, table: string): string {
  const found = tables.tables.find((each) => each.table === table)
  if (!found) throw new Error(`no ${table} in the ZIP`)
  return found.file
}

/** Writes the ZIP: CSVs, tables.json, README.txt. */
export async function pack({ files, tables }: ZipParts): Promise<string> {
  return zipOf([
    ...files,
    ['tables.json', Buffer.from(JSON.stringify(tables))],
    ['README.txt', Buffer.from('Read me.\n')],
  ])
}

/** A ZIP of these entries. */
export async function zipOf(entries: readonly (readonly [string, Buffer])[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-tenant-zip-'))
  folders.push(folder)
  const path = join(folder, 'tenant.zip')
  const archive = new ZipArchive({ zlib: { level: 1 } })
  for (const [name, content] of entries) archive.append(content, { name })
  const written = pipeline(archive as unknown as NodeJS.ReadableStream, createWriteStream(path))
  await archive.finalize()
  await written
  return path
}

/** Replaces every occurrence of `from` in a file by bytes of the same length. Throws if there is none. */
export async function patch(path: string, from: Buffer | string, to: Buffer | string): Promise<void> {
  const bytes = await readFile(path)
  const target = Buffer.from(to)
  let found = 0
  for (let at = bytes.indexOf(from); at !== -1; at = bytes.indexOf(from, at + 1)) {
    target.copy(bytes, at)
    found += 1
  }
  if (found === 0) throw new Error('nothing to patch')
  await writeFile(path, bytes)
}

export type RestoreOptions = Partial<Omit<TenantRestoreRequest, 'zip' | 'shared'>> & {
  readonly path: string
  readonly sharedPath?: string
}

/** Opens the ZIP and restores it; by default in mode `insert`, with triggers on. */
export async function restoreZip(
  url: string,
  { path, sharedPath, ...options }: RestoreOptions,
): Promise<TenantRestored> {
  const limits = { contentBytes: 1 << 30 }
  const target = openTenantTarget(url)
  return target.restore({
    zip: await openTenantZip(path, limits),
    ...(sharedPath !== undefined && { shared: await openTenantZip(sharedPath, limits) }),
    mode: 'insert',
    rules: plainRules,
    remapKeys: false,
    triggers: 'on',
    codeAsSuperuser: false,
    dryRun: false,
    lockTimeout: 5,
    temporary: tmpdir(),
    signal: new AbortController().signal,
    phase: (_, work) => work(),
    progress: () => {},
    warn: () => {},
    ...options,
  })
}
