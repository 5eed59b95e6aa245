// Verifies that IDs differ by their text: else rows of a tenant could be written to another's ZIP, or to none.
import { Failure } from '../failures/failure.ts'
import { type ColumnShape, type MappedTable, nameOf, type TenantMap } from './map.ts'

const fit = ['whole', 'uuid', 'text'] as const

/**
 * Throws a failure of kind refused if the tenants' key has a type that writes equal IDs in different ways (numeric 1
 * and 1.0, citext, a collation in which A equals a), if a column of tenants compares IDs in another way than this key,
 * or if a foreign key that is followed has a type with its own equality.
 */
export function requireComparable({ tenants, tables }: TenantMap): void {
  const own = tenants && tables.find((table) => nameOf(table) === nameOf(tenants))
  const key = own?.columns.find(({ name }) => name === tenants?.column)
  if (own && key?.sameness && !isFit(key)) throw unfit(own, key, 'equal IDs of this type can have different texts')
  for (const table of tables) {
    const { ownership } = table
    if (ownership.kind === 'column') {
      const column = columnOf(table, ownership.column)
      if (column?.sameness && key?.sameness && column.sameness !== key.sameness) {
        throw unfit(table, column, `the key of the tenants is ${key.type}, so equal IDs could have different texts`)
      }
    }
    if (ownership.kind !== 'paths') continue
    for (const { columns } of [...ownership.paths.map(({ foreignKey }) => foreignKey), ...ownership.self]) {
      const odd = columns.map((name) => columnOf(table, name)).find((column) => column?.sameness === 'outside')
      if (odd) throw unfit(table, odd, 'its type has its own equality, so the foreign key cannot be followed safely')
    }
  }
}

function isFit({ sameness }: ColumnShape): boolean {
  return fit.some((each) => each === sameness)
}

function columnOf(table: MappedTable, name: string): ColumnShape | undefined {
  return table.columns.find((column) => column.name === name)
}

function unfit(table: MappedTable, { name, type }: ColumnShape, why: string): Failure {
  return new Failure('tenant/incomparable-id', `${nameOf(table)}.${name} is ${type}: ${why}`, {
    hint: 'Tenant IDs must have one type: an integer, uuid, or text with a deterministic collation. Change the column, or exclude the table with --tenant-rule …: ignored.',
  })
}
