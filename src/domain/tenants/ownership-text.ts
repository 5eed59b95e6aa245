// Describes in words how the rows of a table are assigned to tenants.

import type { TableName } from '../fingerprint/table-name.ts'
import { type MappedTable, nameOf, type Path, type TenantMap } from './map.ts'

/** A map with its tables by name. */
interface Known {
  readonly tenants: TenantMap['tenants']
  readonly tables: ReadonlyMap<string, MappedTable>
}

export function byName({ tenants, tables }: TenantMap): Known {
  return { tenants, tables: new Map(tables.map((table) => [nameOf(table), table])) }
}

/** `InvoiceLine → Invoice → Tenant`; several paths are separated by `;`. */
export function ownershipText(table: MappedTable, { tenants, tables }: Known): string {
  const { ownership } = table
  // Follows the nearest path of each table.
  const pathText = (from: MappedTable, path: Path): string => {
    const names = [shortName(from)]
    for (let at: Path | undefined = path; at; ) {
      const { target }: Path['foreignKey'] = at.foreignKey
      names.push(shortName(target))
      const next = tables.get(nameOf(target))
      if (next?.ownership.kind === 'column' && tenants) names.push(shortName(tenants))
      at = next?.ownership.kind === 'paths' ? next.ownership.paths[0] : undefined
    }
    return names.join(' → ')
  }
  switch (ownership.kind) {
    case 'tenant':
      return 'table of tenants'
    case 'column':
      return `column ${ownership.column}`
    case 'schema':
      return 'schema of the tenant'
    case 'paths': {
      const paths = ownership.paths.map((path) => pathText(table, path))
      const self = ownership.self.map(() => `${shortName(table)} → ${shortName(table)} → …`)
      return [...new Set([...paths, ...self])].join('; ')
    }
    default:
      return ownership.kind
  }
}

/** Omits the schema if it is `public`. */
export function shortName(table: TableName): string {
  return table.schema === 'public' ? nameOf(table).slice('public.'.length) : nameOf(table)
}
