// Reads an action's inputs: values in `with:`, environment variables of the input table, and defaults for actions.
import { type ReadInput, withEnvironment } from '../../inputs/parse.ts'
import { type EventContext, evaluate } from './expressions.ts'

/** Reads only values in `with:`. The runner passes them as `INPUT_KEEP-LAST`; an empty text means not given. */
export function readWith(environment: EventContext['environment']): ReadInput {
  return (name) => {
    const text = environment[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`]
    return text === undefined || text.trim() === '' ? undefined : { text, from: name }
  }
}

/**
 * Reads the value in `with:`, else the row's variables, else its default in actions. An empty value counts as not
 * given, because `with: x: ${{ inputs.x }}` is empty on a schedule.
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
