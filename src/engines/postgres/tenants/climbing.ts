// From row to row within a table whose keys refer to the table itself, as SQL.
import type { ForeignKeyShape, MappedTable } from '../../../domain/tenants/map.ts'
import { equal, id } from './quoting.ts'

interface Climbing {
  /** What tells a row from others, quoted: the primary key, or where the row lies. */
  readonly identity: readonly string[]
  /** The identity as `i0`, `i1`, and what keys of the table refer to as `r0`, `r1`, of `t`. */
  readonly fields: string
  /** That `t` refers to `own`. */
  readonly up: string
}

/** `self`: the table's keys to itself. */
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
