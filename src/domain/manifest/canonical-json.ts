// Canonical JSON: one form with sorted members, so that equal values have equal digests.

/** Maximum levels of nesting. Deeper values are an attack or an accident; a manifest has six levels. */
const deepest = 64

/** Levels that are written in pieces. Lists at deeper levels are short. */
const writtenLevels = 3

/**
 * Writes canonical JSON in pieces, so that a long list is never one string. Throws a RangeError that names the limit if
 * a value is nested too deeply.
 */
export function writeCanonical(value: unknown, depth: number, write: (text: string) => void): void {
  if (typeof value !== 'object' || value === null || depth >= writtenLevels) {
    write(canonicalJson(value, depth))
    return
  }
  const isList = Array.isArray(value)
  let before = isList ? '[' : '{'
  for (const name of isList ? value.keys() : sortedNames(value)) {
    write(isList ? before : `${before}${JSON.stringify(name)}:`)
    writeCanonical((value as Record<string | number, unknown>)[name], depth + 1, write)
    before = ','
  }
  write(`${before === ',' ? '' : before}${isList ? ']' : '}'}`)
}

function canonicalJson(value: unknown, depth: number): string {
  if (depth > deepest) throw new RangeError(`it is nested more than ${deepest} levels deep`)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  let text = ''
  if (Array.isArray(value)) {
    for (const item of value) text += (text === '' ? '' : ',') + canonicalJson(item, depth + 1)
    return `[${text}]`
  }
  for (const name of sortedNames(value))
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(value[name], depth + 1)}`
  return `{${text}}`
}

/** Returns the names of the members in UTF-16 code units, without those that JSON omits. */
function sortedNames<T extends object>(object: T): (keyof T & string)[] {
  const names = Object.keys(object) as (keyof T & string)[]
  return names.filter((name) => object[name] !== undefined).sort()
}
