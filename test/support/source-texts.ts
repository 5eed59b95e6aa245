// The string and template literals of a TypeScript source, each with its line. Substitutions become §; literals inside
// them are separate texts.

interface SourceText {
  readonly text: string
  readonly line: number
}

/** After one of these a slash begins a regular expression, not a division. */
const beforePattern = /(^|[=(,:;[!&|?{}+\n>]|\breturn|\bcase)\s*$/

/** Scans a source, which must be valid. Skips comments and regular expressions. */
export function textsOf(source: string): SourceText[] {
  const texts: SourceText[] = []
  let at = 0
  const lineAt = (index: number): number => source.slice(0, index).split('\n').length

  const quoted = (quote: string): void => {
    const from = at
    at += 1
    while (source[at] !== quote) at += source[at] === '\\' ? 2 : 1
    at += 1
    texts.push({ text: unescaped(source.slice(from + 1, at - 1)), line: lineAt(from) })
  }
  const template = (): void => {
    const from = at
    let text = ''
    at += 1
    while (source[at] !== '`') {
      if (source.startsWith('${', at)) {
        at += 2
        code('}')
        text += '§'
      } else if (source[at] === '\\') {
        text += source[at + 1]
        at += 2
      } else {
        text += source[at]
        at += 1
      }
    }
    at += 1
    texts.push({ text, line: lineAt(from) })
  }
  const pattern = (): void => {
    let inClass = false
    at += 1
    while (inClass || source[at] !== '/') {
      if (source[at] === '\\') at += 1
      else if (source[at] === '[') inClass = true
      else if (source[at] === ']') inClass = false
      at += 1
    }
    at += 1
  }
  /** Reads code up to the closing brace of a substitution, or to the end. */
  const code = (end?: string): void => {
    let depth = 0
    while (at < source.length) {
      const character = source[at] ?? ''
      if (character === end && depth === 0) {
        at += 1
        return
      }
      if (source.startsWith('//', at)) at = endOf(source, '\n', at)
      else if (source.startsWith('/*', at)) at = endOf(source, '*/', at)
      else if (character === "'" || character === '"') quoted(character)
      else if (character === '`') template()
      else if (character === '/' && beforePattern.test(source.slice(Math.max(0, at - 12), at))) pattern()
      else {
        if (character === '{') depth += 1
        if (character === '}') depth -= 1
        at += 1
      }
    }
  }
  code()
  return texts
}

function endOf(source: string, mark: string, from: number): number {
  const found = source.indexOf(mark, from)
  return found < 0 ? source.length : found + mark.length
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1')
}
