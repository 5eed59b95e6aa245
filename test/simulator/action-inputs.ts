// The inputs of an action: `with:`, and the defaults of its action.yml.
// https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#inputs
import { type Scope, textOf } from './expressions.ts'
import { child, entries, literal, type Token } from './tokens.ts'

interface Inputs {
  readonly values: Record<string, string>
  readonly warnings: string[]
}

/**
 * Names are case-insensitive. Throws on inputs that the action does not declare: GitHub only warns, but a test must
 * fail.
 */
export function inputsOf(action: Token, given: Readonly<Record<string, string>>, scope: Scope, uses: string): Inputs {
  const declared = entries(child(action, 'inputs'))
  const rest = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), { name, value }]))
  const warnings: string[] = []
  const values: Record<string, string> = {}
  for (const [name, input] of declared) {
    const found = rest.get(name.toLowerCase())
    rest.delete(name.toLowerCase())
    values[name] = found?.value ?? textOf(child(input, 'default'), scope)
    const deprecated = literal(child(input, 'deprecationMessage'))
    if (found !== undefined && deprecated !== undefined)
      warnings.push(`Input '${name}' has been deprecated with message: ${deprecated}`)
  }
  const [unexpected] = rest.values()
  if (unexpected !== undefined) {
    throw new Error(
      `Unexpected input '${unexpected.name}' for ${uses}, valid inputs are: ${declared.map(([name]) => name).join(', ')}`,
    )
  }
  return { values, warnings }
}

/** Variables of node actions: names in upper case, with `_` for spaces. */
export function inputVariables(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  )
}
