// Parses SQL identifiers in statements that pg_dump wrote.

interface ReadIdentifier {
  /** Unquoted. */
  readonly name: string
  /** Offset of the first character after it. */
  readonly end: number
}

const bare = /[\p{L}\p{M}_][\p{L}\p{M}\p{N}_$]*/uy
const quoted = /"((?:[^"]|"")+)"/y

/** Reads the identifier at offset `at`, quoted (`"a""b"`) or not. Undefined if there is none. */
export function readIdentifier(text: string, at: number): ReadIdentifier | undefined {
  quoted.lastIndex = at
  const inQuotes = text[at] === '"' ? quoted.exec(text) : null
  if (inQuotes !== null) return { name: (inQuotes[1] as string).replaceAll('""', '"'), end: quoted.lastIndex }
  bare.lastIndex = at
  const match = bare.exec(text)
  return match === null ? undefined : { name: match[0], end: bare.lastIndex }
}

/** Reads `schema.name`, or `name` alone, at offset `at`. Undefined if there is none. */
export function readQualifiedName(
  text: string,
  at: number,
): (ReadIdentifier & { readonly schema?: string }) | undefined {
  const first = readIdentifier(text, at)
  if (first === undefined || text[first.end] !== '.') return first
  const second = readIdentifier(text, first.end + 1)
  return second && { ...second, schema: first.name }
}
