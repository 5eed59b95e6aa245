// Completes the tables of commands with the kinds of backup and the inputs of the kinds of store.
import type { InputRow, InputTable } from '../inputs/kinds.ts'
import { exampleAddresses } from '../operations/store-kinds.ts'
import type { StoreKind } from '../operations/store-ports.ts'
import type { World } from './command.ts'

/** Returns the table with the rows and choices that depend on the lists of kinds. */
export function completeInputs(table: InputTable, { kinds, stores }: Pick<World, 'kinds' | 'stores'>): InputTable {
  const names = kinds.map(({ name }) => name)
  const rows = Object.entries(table).flatMap(([name, row]) => {
    if (row.holds === 'stores') return storeRows(name, row, stores)
    return row.holds === 'kinds' ? [[name, { ...row, kind: 'choice', choices: names } as InputRow]] : [[name, row]]
  })
  return Object.fromEntries(rows)
}

/** The row with store addresses, and the inputs of all kinds of store. */
function storeRows(name: string, row: InputRow, stores: readonly StoreKind[]): [string, InputRow][] {
  const defaults = stores.flatMap(({ fallback }) => fallback?.summary ?? [])
  const summary = row.summary
    .replace('{addresses}', exampleAddresses(stores))
    .replace('{defaults}', defaults.join(', and '))
    .replace('{others}', defaults.slice(1).join(', and '))
  return [[name, { ...row, summary }], ...stores.flatMap(({ inputs }) => Object.entries(inputs))]
}
