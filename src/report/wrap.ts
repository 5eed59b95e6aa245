// Lays out text for a terminal of a given width.
import stringWidth from 'fast-string-width'

/** Wraps a text at spaces into lines, every line but the first indented; a word longer than the width stays whole. */
export function wrapLines(text: string, width: number, indent = ''): string[] {
  if (stringWidth(text) <= width) return [text]
  const lines: string[] = []
  let line: string | undefined
  let length = 0
  for (const word of text.split(' ')) {
    const more = stringWidth(word)
    if (line === undefined) [line, length] = [word, more]
    else if (length + 1 + more <= width) [line, length] = [`${line} ${word}`, length + 1 + more]
    else {
      lines.push(line)
      ;[line, length] = [`${indent}${word}`, indent.length + more]
    }
  }
  return [...lines, line ?? '']
}

/** Like `wrapLines`, but returns one text. */
export function wrap(text: string, width: number, indent = ''): string {
  return wrapLines(text, width, indent).join('\n')
}

/** Two columns: short names at the left, wrapped texts at the right. */
export function columns(rows: readonly (readonly [name: string, text: string])[], width: number): string {
  const left = Math.min(34, Math.floor(width / 2) - 6, Math.max(0, ...rows.map(([name]) => stringWidth(name))))
  const indent = ' '.repeat(left + 4)
  return rows
    .map(([name, text]) => {
      const length = stringWidth(name)
      const first = length > left ? `${name}\n${indent}` : `${name}${' '.repeat(left + 2 - length)}`
      return `  ${first}${wrap(text, width - indent.length).replaceAll('\n', `\n${indent}`)}`
    })
    .join('\n')
}
