// The type of a command, which is data: inputs, outputs, rules, and a function that runs it in a world.
import { Failure } from '../domain/failures/failure.ts'
import type { InputTable, Values } from '../inputs/kinds.ts'
import { completeReport, withCompleteHint } from './printed-commands/complete-commands.ts'
import type { Outcome, OutputTable, World } from './world.ts'

export type { Outcome, OutputTable, World } from './world.ts'

export interface Command<T extends InputTable = InputTable, O extends OutputTable = OutputTable> {
  readonly name: string
  /** One line, no final full stop. */
  readonly summary: string
  /** Examples for `--help`, each a whole command line after `resguardo `. */
  readonly examples: readonly string[]
  /** Names of the inputs that arguments without a flag set, in this order. */
  readonly positional?: readonly (keyof T & string)[]
  /** The part of each kind of backup that adds inputs to the command; absent for a command that works on all kinds. */
  readonly part?: 'backup' | 'restore' | 'drill'
  /** Kinds of backup that it accepts, each with a one-line summary. The registry derives them from `part`. */
  readonly kinds?: Readonly<Record<string, string>>
  readonly inputs: T
  readonly outputs: O
  /** Rules across inputs: returns a message for each violation, with the names of the inputs. Makes no connection. */
  check?(values: Values<T>, world: Pick<World, 'kinds' | 'choices' | 'stores'>): readonly string[]
  run(values: Values<T>, world: World): Promise<Outcome<O>>
}

/** Preserves the literal types of a command's tables, and completes the commands in its report and hints. */
export function command<const T extends InputTable, const O extends OutputTable>(
  definition: Command<T, O>,
): Command<T, O> {
  return {
    ...definition,
    async run(values, world) {
      try {
        const { failure, ...outcome } = await definition.run(values, world)
        const completed = { ...outcome, report: completeReport(outcome.report, values, world) }
        return failure ? { ...completed, failure: withCompleteHint(failure, values, world) } : completed
      } catch (error) {
        throw error instanceof Failure ? withCompleteHint(error, values, world) : error
      }
    },
  }
}
