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
  const members = isList ? value.entries() : sortedMembers(value)
  let before = isList ? '[' : '{'
  for (const [name, member] of members) {
    write(isList ? before : `${before}${JSON.stringify(name)}:`)
    writeCanonical(member, depth + 1, write)
    before = ','
  }
  write(`${before === ',' ? '' : before}${isList ? ']' : '}'}`)
}

function canonicalJson(value: unknown, depth: number): string {
  if (depth > deepest) throw new RangeError(`it is nested more than ${deepest} levels deep`)
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = sortedMembers(value).map(
    ([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member, depth + 1)}`,
  )
  return `{${members.join(',')}}`
}

/** Sorts members by name in UTF-16 code units, and omits those that JSON omits. */
function sortedMembers(object: object): [name: string, member: unknown][] {
  return Object.entries(object)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
