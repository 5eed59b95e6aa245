// Arguments of pg_dump.
import type { DumpRequest } from '../../../ports/platform.ts'

/** Returns the flags of pg_dump for a selection. */
export function selectionArguments(selection: DumpRequest['selection']): string[] {
  const each = (flag: string, patterns: readonly string[]): string[] =>
    patterns.map((pattern) => `--${flag}=${pattern}`)
  return [
    ...each('schema', selection.schemas),
    ...each('exclude-schema', selection.excludeSchemas),
    ...each('table', selection.tables),
    ...each('exclude-table', selection.excludeTables),
    ...each('exclude-table-data', selection.excludeTableData),
    ...(selection.parts === 'all' ? [] : [`--${selection.parts}`]),
  ]
}
