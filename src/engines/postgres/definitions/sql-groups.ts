// Splits a definition that PostgreSQL printed into words and groups in parentheses or brackets.

/** A token as it stands in the text, or what stands between a pair of parentheses or brackets. */
export type SqlPart = string | SqlGroup

export interface SqlGroup {
  readonly open: '(' | '['
  readonly parts: readonly SqlPart[]
}

/** Groups within groups, at most: deeper texts stay as they are. */
const deepest = 500
/**
 * White space, E'' strings, strings, quoted identifiers, `::`, the tag of a dollar-quoted string, words; any other
 * character.
 */
const token =
  /\s+|[eE]'[^'\\]*(?:(?:''|\\[\s\S])[^'\\]*)*'|'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"|::|\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$|[\p{L}\p{N}_]+|[\s\S]/uy

interface Open {
  readonly group: '(' | '[' | undefined
  readonly parts: SqlPart[]
}

/**
 * The parts of a text, without white space; undefined if parentheses or quotes do not match. Time is linear in the
 * text.
 */
export function splitSql(text: string): readonly SqlPart[] | undefined {
  const outermost: Open = { group: undefined, parts: [] }
  const open = [outermost]
  for (const word of tokensOf(text)) {
    const last = open.at(-1) ?? outermost
    if (word === "'" || word === '"' || open.length > deepest) return undefined
    if (word === '(' || word === '[') open.push({ group: word, parts: [] })
    else if (word === ')' || word === ']') {
      if (last.group === undefined || last.group !== (word === ')' ? '(' : '[')) return undefined
      open.pop()
      open.at(-1)?.parts.push({ open: last.group, parts: last.parts })
    } else last.parts.push(word)
  }
  return open.length === 1 ? outermost.parts : undefined
}

function* tokensOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    token.lastIndex = at
    const word = token.exec(text)?.[0] ?? ''
    const end = /^\$.*\$$/s.test(word) ? text.indexOf(word, at + word.length) : at
    if (end === -1) return yield "'"
    const whole = text.slice(at, end + word.length)
    at = end + word.length
    if (!/^\s/.test(word)) yield whole
  }
}

/** The parts as one text, with a space between any two. */
export function joinSql(parts: readonly SqlPart[]): string {
  return parts
    .map((part) =>
      typeof part === 'string' ? part : `${part.open} ${joinSql(part.parts)} ${part.open === '(' ? ')' : ']'}`,
    )
    .join(' ')
}
