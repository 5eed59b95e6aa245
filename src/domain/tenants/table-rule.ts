// Parses a user's rule for a table: `public."AuditLog": column "orgId"`.
import { parseTableName } from '../fingerprint/table-name.ts'
import type { TableRule } from './map.ts'

const shape =
  /^\s*((?:"(?:[^"]|"")+"|[^":])+?)\s*:\s*(?:(shared|ignored)|column\s+(?<column>\S.*?)|through\s+(?<key>\S.*?))\s*$/su

/**
 * Accepts `TABLE: shared`, `TABLE: ignored`, `TABLE: column NAME` or `TABLE: through FOREIGN-KEY`; undefined for any
 * other text.
 */
export function parseTableRule(text: string): TableRule | undefined {
  const match = shape.exec(text)
  const table = match?.[1] === undefined ? undefined : parseTableName(match[1])
  if (!match || !table) return undefined
  const { column, key } = match.groups ?? {}
  if (column !== undefined) return { ...table, says: { kind: 'column', column: unquoted(column) } }
  if (key !== undefined) return { ...table, says: { kind: 'through', foreignKey: unquoted(key) } }
  return { ...table, says: { kind: match[2] === 'shared' ? 'shared' : 'ignored' } }
}

function unquoted(name: string): string {
  return /^".+"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name
}
