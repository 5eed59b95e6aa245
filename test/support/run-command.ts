// Runs a command over stores in memory as a host does: from texts of inputs to lines, outputs and document.
import type { Command } from '../../src/commands/command.ts'
import { Failure } from '../../src/domain/failures/failure.ts'
import { jsonText } from '../../src/hosts/json-text.ts'
import type { InputTable } from '../../src/inputs/kinds.ts'
import { parseInputs } from '../../src/inputs/parse.ts'
import { fakeClock, fakeWorld } from './fakes.ts'
import { completed } from './lists.ts'
import type { MemoryStore } from './memory-store.ts'
import { linesOf } from './report-text.ts'

/** Texts by the name of the input. */
export type GivenInputs = Readonly<Record<string, string | string[]>>

/** Runs the command at `now` over these stores. Throws its errors, and a failure for inputs that break its rules. */
export async function runCommand<T extends InputTable>(
  command: Command<T>,
  { stores, now }: { readonly stores: readonly MemoryStore[]; readonly now: Date },
  given: GivenInputs = {},
) {
  const byAddress = new Map(stores.map((store) => [store.address, store]))
  const world = fakeWorld({
    clock: fakeClock(now),
    openStore: async (address) => byAddress.get(address) ?? Promise.reject(new Error(`no ${address}`)),
  })
  const all: GivenInputs = { store: [...byAddress.keys()], ...given }
  const values = parseInputs(completed(command).inputs, (name) =>
    all[name] === undefined ? undefined : { text: all[name], from: name },
  )
  const broken = command.check?.(values, world) ?? []
  if (broken.length > 0) throw new Failure('input/invalid', broken.join('; '))
  const outcome = await command.run(values, world)
  const document: unknown = JSON.parse(jsonText(outcome.document, (text) => text))
  return { ...outcome, document, lines: linesOf(outcome), reporter: world.reporter }
}
