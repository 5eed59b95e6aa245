// The name of the table that holds the record of runs.
import { parseTableName } from './fingerprint/table-name.ts'

export interface RecordTable {
  /** Undefined: where the connection itself would look. */
  readonly schema: string | undefined
  readonly table: string
}

/**
 * The name as `parseTableName` reads it, but with a schema only where one is written. Undefined for what no table can
 * be called.
 */
export function parseRecordTable(text: string): RecordTable | undefined {
  const name = parseTableName(text)
  if (!name || [name.schema, name.table].some(isNoName)) return undefined
  const isQualified = parseTableName(`schema.${text}`) === undefined
  return { schema: isQualified ? name.schema : undefined, table: name.table }
}

function isNoName(part: string): boolean {
  return part.includes('\0') || new TextEncoder().encode(part).length > 63
}
