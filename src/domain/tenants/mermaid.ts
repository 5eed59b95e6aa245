// A map of tenants as a Mermaid flowchart. Names are escaped, so they cannot contain markup.
import { type ForeignKeyShape, type MappedTable, nameOf, type TenantMap } from './map.ts'
import { byName, shortName } from './ownership-text.ts'

const looks: readonly (readonly [name: string, look: string])[] = [
  ['tenant', 'stroke-width:3px'],
  ['shared', 'stroke-dasharray:4 3'],
  ['unreached', 'stroke:#c00,stroke-dasharray:2 3'],
  ['ignored', 'opacity:0.5'],
]

/**
 * Arrows lead from each table to the table that determines its rows' tenants; dotted ones lead to shared tables. Tables
 * in schemas of tenants are drawn once.
 */
export function mermaidOf(map: TenantMap): string {
  const { tables } = byName(map)
  const label = (table: MappedTable): string => labelOf(table, map)
  const nodes = new Map<string, { readonly node: string; readonly table: MappedTable }>()
  for (const table of map.tables) {
    if (!nodes.has(label(table))) nodes.set(label(table), { node: `n${nodes.size}`, table })
  }
  const arrow = (from: string, target: MappedTable | undefined, look: string): string[] => {
    const to = target && nodes.get(label(target))
    return to ? [`  ${from} ${look} ${to.node}`] : []
  }
  const at = ({ target }: ForeignKeyShape): MappedTable | undefined => tables.get(nameOf(target))
  const arrows = [...nodes.values()].flatMap(({ node, table }) => {
    const { ownership } = table
    const shared = table.foreignKeys.map(at).filter((target) => target?.ownership.kind === 'shared')
    const dotted = ownership.kind === 'unreached' ? [] : shared.flatMap((target) => arrow(node, target, '-.->'))
    if (ownership.kind === 'paths') {
      const keys = [...ownership.paths.map(({ foreignKey }) => foreignKey), ...ownership.self]
      return [...keys.flatMap((key) => arrow(node, at(key), '-->')), ...dotted]
    }
    if (ownership.kind !== 'column' || !map.tenants) return dotted
    const tenants = tables.get(nameOf(map.tenants))
    return [...arrow(node, tenants, `-->|"${escaped(ownership.column)}"|`), ...dotted]
  })
  return [
    'flowchart LR',
    ...[...nodes].map(([name, { node, table }]) => `  ${node}["${escaped(name)}"]${classOf(table)}`),
    ...new Set(arrows),
    ...looks.map(([name, look]) => `  classDef ${name} ${look}`),
  ].join('\n')
}

/** The table's name; for a table in a tenant's schema, with the pattern of schemas. */
export function labelOf(table: MappedTable, { schema }: TenantMap): string {
  if (table.ownership.kind !== 'schema' || schema === undefined) return shortName(table)
  return shortName({ schema, table: table.table })
}

function classOf({ ownership: { kind } }: MappedTable): string {
  return looks.some(([name]) => name === kind) ? `:::${kind}` : ''
}

/** Writes all but letters, digits and plain characters as Mermaid's entities, and invisible ones as `\u…`. */
function escaped(name: string): string {
  return name
    .replaceAll(/[\p{C}\p{Z}]/gu, (sign) => (sign === ' ' ? sign : `\\u${(sign.codePointAt(0) ?? 0).toString(16)}`))
    .replaceAll(/[^\p{L}\p{M}\p{N} ._-]/gu, (sign) => `#${sign.codePointAt(0)};`)
}
