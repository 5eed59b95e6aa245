// SQL fragments for recursive queries over a table with foreign keys to itself.
import type { ForeignKeyShape, MappedTable } from '../../../domain/tenants/map.ts'
import { equal, id } from './quoting.ts'

interface Climbing {
  /** Columns that identify a row, quoted: the primary key, or `tableoid` and `ctid` if there is none. */
  readonly identity: readonly string[]
  /** Select list over `t`: the identity as `i0`, `i1` …, and the columns that the keys refer to as `r0`, `r1` … */
  readonly fields: string
  /** Condition: `t` refers to `own` by one of the keys. */
  readonly up: string
}

/** `self`: the table's foreign keys to itself. */
export function climbing(table: MappedTable, self: readonly ForeignKeyShape[]): Climbing {
  const identity = table.primaryKey.length > 0 ? table.primaryKey.map(id) : ['tableoid', 'ctid']
  const names = [...new Set(self.flatMap(({ targetColumns }) => targetColumns))]
  const ups = self.map(({ columns, targetColumns }) =>
    columns.map((name, at) => `t.${id(name)} ${equal} own.r${names.indexOf(targetColumns[at] ?? '')}`).join(' AND '),
  )
  return {
    identity,
    fields: [
      ...identity.map((column, at) => `t.${column} AS i${at}`),
      ...names.map((name, at) => `t.${id(name)} AS r${at}`),
    ].join(', '),
    up: ups.map((condition) => `(${condition})`).join(' OR '),
  }
}
