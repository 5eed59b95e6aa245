// Formats the rule of a table as text that `parseTableRule` accepts.
import type { TableRule } from './map.ts'

/** `"public"."AuditLog": column "orgId"`. */
export function formatTableRule({ schema, table, says }: TableRule): string {
  const name = `${quoted(schema)}.${quoted(table)}`
  if (says.kind === 'column') return `${name}: column ${quoted(says.column)}`
  return says.kind === 'through' ? `${name}: through ${quoted(says.foreignKey)}` : `${name}: ${says.kind}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
