// What a user says of a table: `public."AuditLog": column "orgId"`.
import { parseTableName } from '../table-name.ts'
import type { TableRule } from './map.ts'

/** `TABLE: shared`, `TABLE: ignored`, `TABLE: column NAME` or `TABLE: through FOREIGN-KEY`; undefined if the text is none of them. */
export function parseTableRule(text: string): TableRule | undefined {
  const match = /^\s*(.+?)\s*:\s*(shared|ignored|column\s+(\S.*?)|through\s+(\S.*?))\s*$/.exec(text)
  const table = match?.[1] === undefined ? undefined : parseTableName(match[1])
  if (!match || !table) return undefined
  const [, , word = '', column, foreignKey] = match
  if (column !== undefined) return { ...table, says: { kind: 'column', column: unquoted(column) } }
  if (foreignKey !== undefined) return { ...table, says: { kind: 'through', foreignKey: unquoted(foreignKey) } }
  return { ...table, says: { kind: word === 'shared' ? 'shared' : 'ignored' } }
}

function unquoted(name: string): string {
  return /^".+"$/.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name
}
