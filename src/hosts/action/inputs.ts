// An action's inputs: what stands in `with:`, the variables of the table, and the defaults that differ from the command
// line's.
import { type ReadInput, withEnvironment } from '../../inputs/parse.ts'
import { type EventContext, evaluate } from './expressions.ts'

/**
 * Only what stands in `with:`. The runner hands it over as `INPUT_KEEP-LAST`; an empty text means that it was not
 * given.
 */
export function readWith(environment: EventContext['environment']): ReadInput {
  return (name) => {
    const text = environment[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`]
    return text === undefined || text.trim() === '' ? undefined : { text, from: name }
  }
}

/**
 * What stands in `with:`, else the row's variables, else its default in actions: `with: x: ${{ inputs.x }}` gives an
 * empty text on a schedule, and must then mean the same as no `with:` at all.
 */
export function readInputs(context: EventContext): ReadInput {
  const { environment } = context
  const read = withEnvironment(readWith(environment), environment)
  return (name, row) => {
    const given = read(name, row)
    if (given !== undefined || row.inAction === undefined) return given
    return { text: evaluate(row.inAction, context), from: name }
  }
}
