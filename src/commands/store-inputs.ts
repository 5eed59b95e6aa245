// Adds the inputs of all store kinds to the tables of commands that use stores.
import type { InputTable } from '../inputs/kinds.ts'
import { exampleAddresses } from '../operations/store-kinds.ts'
import type { StoreKind } from '../operations/store-ports.ts'

/** Inserts the inputs of all kinds after the row with store addresses. Returns other tables unchanged. */
export function withStoreInputs(table: InputTable, stores: readonly StoreKind[]): InputTable {
  const ofKinds = stores.flatMap(({ inputs }) => Object.entries(inputs))
  const defaults = stores.flatMap(({ fallback }) => fallback?.summary ?? [])
  const rows = Object.entries(table).flatMap(([name, row]) => {
    if (row.holds !== 'stores') return [[name, row] as const]
    const summary = row.summary
      .replace('{addresses}', exampleAddresses(stores))
      .replace('{defaults}', defaults.join(', and '))
      .replace('{others}', defaults.slice(1).join(', and '))
    return [[name, { ...row, summary }] as const, ...ofKinds]
  })
  return Object.fromEntries(rows)
}
