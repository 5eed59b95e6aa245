// Inputs of dispatched and called workflows: types, defaults, choices, required ones.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs
import { isObject, type Json, type JsonObject } from './json.ts'

function typed(name: string, type: string, value: Json, options: Json | undefined): Json {
  const wrong = () => new Error(`Input '${name}': '${String(value)}' is not a ${type}`)
  if (type === 'boolean') {
    if (!['true', 'false'].includes(String(value))) throw wrong()
    return String(value) === 'true'
  }
  if (type === 'number') {
    if (String(value).trim() === '' || Number.isNaN(Number(value))) throw wrong()
    return Number(value)
  }
  if (type === 'choice' && (!Array.isArray(options) || !options.map(String).includes(String(value)))) {
    throw new Error(`Provided value '${String(value)}' for input '${name}' not in the list of allowed values`)
  }
  return String(value ?? '')
}

const empty: Readonly<Record<string, Json>> = { boolean: false, number: 0 }

/**
 * The context `inputs`. Texts of a dispatch are converted to their types; values of a call must have the right type.
 * Throws on unknown inputs, missing required ones, and values of another type.
 */
export function typedInputs(declared: Json | undefined, given: JsonObject, by: 'dispatch' | 'call'): JsonObject {
  const definitions = isObject(declared) ? declared : {}
  const unknown = Object.keys(given).filter((name) => !(name in definitions))
  if (unknown.length > 0) throw new Error(`Unexpected inputs provided: ${JSON.stringify(unknown)}`)
  const pairs = Object.entries(definitions).map(([name, definition]) => {
    const row = isObject(definition) ? definition : {}
    const type = String(row.type ?? 'string')
    const value = given[name] ?? row.default ?? null
    const missing = value === null || (by === 'dispatch' && value === '')
    if (missing && row.required === true) throw new Error(`Required input '${name}' not provided`)
    if (by === 'call' && given[name] !== undefined && !agrees(type, given[name])) {
      throw new Error(`Input '${name}': a ${type} is expected, not ${JSON.stringify(given[name])}`)
    }
    if (missing)
      return [
        name,
        empty[type] ?? (type === 'choice' && Array.isArray(row.options) ? (row.options[0] ?? '') : ''),
      ] as const
    return [name, typed(name, type, value, row.options)] as const
  })
  return Object.fromEntries(pairs)
}

function agrees(type: string, value: Json): boolean {
  return type === 'string' ? typeof value !== 'object' : typeof value === type
}
