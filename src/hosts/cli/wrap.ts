// Laying out text for a terminal of a given width.

/** Wraps a text at spaces, every line but the first indented; a word longer than the width stays whole. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = []
  let line: string | undefined
  for (const word of text.split(' ')) {
    if (line === undefined) line = word
    else if (line.length + 1 + word.length <= width) line += ` ${word}`
    else {
      lines.push(line)
      line = `${indent}${word}`
    }
  }
  return [...lines, line ?? ''].join('\n')
}

/** Two columns: short names at the left, wrapped texts at the right. */
export function columns(rows: readonly (readonly [name: string, text: string])[], width: number): string {
  const left = Math.min(34, Math.floor(width / 2) - 6, Math.max(0, ...rows.map(([name]) => name.length)))
  const indent = ' '.repeat(left + 4)
  return rows
    .map(([name, text]) => {
      const wrapped = wrap(text, width - indent.length).replaceAll('\n', `\n${indent}`)
      return `  ${name.length > left ? `${name}\n${indent}` : name.padEnd(left + 2)}${wrapped}`
    })
    .join('\n')
}
