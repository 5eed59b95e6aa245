// Packs for tests: made from rows, and changed as a test requires.
import { createHash } from 'node:crypto'
import { PackIndex } from '../../src/domain/tenants/pack-index.ts'
import { type PackTables, packFormat, type ZippedTable } from '../../src/domain/tenants/tenant-zip.ts'
import { zipOf } from './tenant-zip.ts'

/** The contents of a pack; a test may change them before it is packed. */
export interface PackParts {
  tables: PackTables & { tables: ZippedTable[]; tenants: string[] }
  readonly files: Map<string, string>
  index: string
}

export const packHeader = 'id,tenant\n'

/** Creates the contents from the rows of each tenant, by table; values contain no newlines. */
export function packParts(rows: Readonly<Record<string, Readonly<Record<string, string>>>>): PackParts {
  const tenants = [...new Set(Object.values(rows).flatMap((each) => Object.keys(each)))]
  const index = new PackIndex()
  const files = new Map<string, string>()
  const tables = Object.entries(rows).map(([table, byTenant]): ZippedTable => {
    const file = `data/public.${table}.csv`
    let content = packHeader
    for (const tenant of tenants) {
      const text = byTenant[tenant] ?? ''
      if (text === '') continue
      const slice = { file, rows: linesIn(text), offset: Buffer.byteLength(content), bytes: Buffer.byteLength(text) }
      index.add(tenant, { ...slice, sha256: sha256(text) })
      content += text
    }
    files.set(file, content)
    const columns = [
      { name: 'id', type: 'integer' },
      { name: 'tenant', type: 'text' },
    ]
    return { schema: 'public', table, file, columns, group: 0, ...factsOf(content) }
  })
  return {
    tables: {
      ...{ format: packFormat, backup: 'b', taken: '2026-11-24T02:00:00.000Z', by: { column: 'tenant' }, excel: false },
      ...{ tenants, tables },
    },
    files,
    index: index.text(),
  }
}

/** Rows, SHA-256 and bytes of a CSV, as in `tables.json`. */
export function factsOf(content: string): Pick<ZippedTable, 'rows' | 'sha256' | 'bytes'> {
  const rows = content.slice(packHeader.length)
  return { rows: linesIn(rows), sha256: sha256(rows), bytes: Buffer.byteLength(content) }
}

export function packOf({ files, tables, index }: PackParts): Promise<string> {
  return zipOf([
    ...[...files].map(([name, content]) => [name, Buffer.from(content)] as const),
    ['tenants.csv', Buffer.from(index)],
    ['tables.json', Buffer.from(JSON.stringify(tables))],
    ['README.txt', Buffer.from('Read me.\n')],
  ])
}

function linesIn(text: string): number {
  return text.split('\n').length - 1
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
