// Parses the index of a pack and checks it against the CSVs, because a ZIP is not trusted.
import { Failure } from '../../../../domain/failures/failure.ts'
import { encodedName } from '../../../../domain/tenants/encoded-name.ts'
import { indexFile, indexHeader, type PackSlice } from '../../../../domain/tenants/pack-index.ts'
import { ofAnotherMaker } from './tables-json.ts'

/** Rows of a CSV: the offsets at which they begin and end, and their number. */
export interface RowsOfCsv {
  readonly start: number
  readonly end: number
  readonly rows: number
}

/** Slices by tenant, then by file. */
export type PackIndexEntries = ReadonlyMap<string, ReadonlyMap<string, PackSlice>>

const lineShape = /^([^,]*),([^,]+),([1-9]\d{0,14}),(\d{1,15}),([1-9]\d{0,14}),([0-9a-f]{64})$/

/**
 * Parses the index. Throws a failure of kind integrity for a malformed line, a tenant or file that the pack does not
 * have, a tenant twice in a file, and slices that do not cover the rows of a file in order and without gaps.
 */
export function parsePackIndex(
  text: string,
  { tenants, files }: { readonly tenants: readonly string[]; readonly files: ReadonlyMap<string, RowsOfCsv> },
): PackIndexEntries {
  if (!text.startsWith(indexHeader) || !text.endsWith('\n')) throw wrong('has an unexpected header or is truncated')
  const entries = new Map(tenants.map((tenant) => [tenant, new Map<string, PackSlice>()]))
  const ids = new Map(tenants.map((tenant) => [encodedName(tenant), tenant]))
  const reached = new Map([...files].map(([file, { start }]) => [file, { at: start, rows: 0 }]))
  const lines = text.slice(indexHeader.length, -1).split('\n')
  for (const [number, line] of (lines[0] === '' ? [] : lines).entries()) {
    const where = `line ${number + 2}`
    const [, id = '', file = '', rows, offset, bytes, sha256 = ''] = lineShape.exec(line) ?? []
    const slice = { file, rows: Number(rows), offset: Number(offset), bytes: Number(bytes), sha256 }
    const tenant = ids.get(id)
    const before = reached.get(file)
    if (rows === undefined) throw wrong(`${where} has an unexpected format`)
    if (tenant === undefined || before === undefined)
      throw wrong(`${where} names a tenant or file that is not in the pack`)
    const ofTenant = entries.get(tenant)
    if (ofTenant?.has(file)) throw wrong(`${where} repeats a tenant and file`)
    if (slice.offset !== before.at) throw wrong(`${where} does not begin where the rows before it end`)
    ofTenant?.set(file, slice)
    reached.set(file, { at: before.at + slice.bytes, rows: before.rows + slice.rows })
  }
  for (const [file, { end, rows }] of files) {
    const last = reached.get(file)
    if (last?.at !== end || last.rows !== rows) throw wrong(`does not cover the rows of ${file}`)
  }
  return entries
}

function wrong(sentence: string): Failure {
  return new Failure('tenant/zip-damaged', `${indexFile} in the ZIP ${sentence}`, { hint: ofAnotherMaker })
}
