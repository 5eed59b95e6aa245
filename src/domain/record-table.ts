// The name of the table that contains the record of runs.
import { parseTableName } from './fingerprint/table-name.ts'

export interface RecordTable {
  /** Undefined if none was given: the connection then determines it. */
  readonly schema: string | undefined
  readonly table: string
}

/**
 * Parses a name like `parseTableName`, but without a default schema. Undefined for a name that PostgreSQL would not
 * accept.
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
