// Evaluates defaults of inputs that are GitHub expressions, as the runner would: `||`, `&&`, `==`, `!=`, quoted words
// and properties of `github`.

export interface EventContext {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The event's payload; undefined if there is none. */
  readonly event: unknown
}

const literal = /^'([\w-]*)'$/
const property = /^github(\.\w+)+$/
const comparison = /^(\S+) (==|!=) (\S+)$/

/**
 * Returns the text of a default; empty for `github.token`, which is not passed to processes. Throws for any other
 * expression, because the defaults are part of this program.
 */
export function evaluate(text: string, context: EventContext): string {
  const [, expression] = /^\$\{\{ (.+) \}\}$/.exec(text) ?? []
  if (expression === undefined) return text
  return either(expression)

  function either(terms: string): string {
    const values = terms.split(' || ').map((term) => all(term))
    return values.find(isTrue) ?? values.at(-1) ?? ''
  }

  function all(terms: string): string {
    const values = terms.split(' && ').map((term) => compared(term))
    return values.find((value) => !isTrue(value)) ?? values.at(-1) ?? ''
  }

  function compared(term: string): string {
    const [, left = '', operator, right = ''] = comparison.exec(term) ?? []
    if (operator === undefined) return operand(term)
    const same = operand(left).toLowerCase() === operand(right).toLowerCase()
    return String(same === (operator === '=='))
  }

  function operand(term: string): string {
    const word = literal.exec(term)?.[1]
    if (word !== undefined) return word
    if (property.test(term)) return propertyOf(term.split('.').slice(1), context)
    throw new Error(`no input may default to ${text}: this host cannot evaluate it`)
  }
}

function isTrue(value: string): boolean {
  return value !== '' && value !== 'false'
}

function propertyOf([first = '', ...rest]: readonly string[], { environment, event }: EventContext): string {
  if (first === 'token') return ''
  if (first !== 'event') return environment[`GITHUB_${first.toUpperCase()}`] ?? ''
  const value = rest.reduce<unknown>((holder, name) => Object(holder)[name], event)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}
