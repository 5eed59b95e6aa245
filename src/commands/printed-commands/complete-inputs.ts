// Adds the inputs and choices of all kinds of backup and of store to commands.
import type { InputRow, InputTable } from '../../inputs/kinds.ts'
import { exampleAddresses } from '../../operations/stores/store-kinds.ts'
import type { StoreKind } from '../../ports/store.ts'
import type { Command } from '../command.ts'
import { partsOf, withKindRows } from '../kind-parts.ts'
import type { World } from '../world.ts'

/** All kinds of backup and of store. */
export type Lists = Pick<World, 'kinds' | 'choices' | 'stores'>

/** Returns the command with the inputs, choices and summaries of these kinds. */
export function withKindInputs(command: Command, lists: Lists): Command {
  if (!command.part) return { ...command, inputs: completeInputs(command.inputs, lists) }
  const parts = partsOf(command.part, lists)
  return {
    ...command,
    kinds: Object.fromEntries([...parts].map(([name, { summary }]) => [name, summary])),
    inputs: completeInputs(withKindRows(command.inputs, parts), lists, [...parts.keys()]),
  }
}

/** Returns the table with the inputs of the kinds of store, and these choices for a kind of backup. */
export function completeInputs(
  table: InputTable,
  { kinds, stores }: Lists,
  choices: readonly string[] = kinds.map(({ name }) => name),
): InputTable {
  const rows = Object.entries(table).flatMap(([name, row]) => {
    if (row.holds === 'stores') return storeRows(name, row, stores)
    return row.holds === 'kinds' ? [[name, { ...row, kind: 'choice', choices } as InputRow]] : [[name, row]]
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
