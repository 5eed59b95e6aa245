// Generated blocks in handwritten pages.

/**
 * Replaces the text between `<!-- generated: NAME -->` and `<!-- end -->` for every name. Throws if a block is missing
 * or unknown, so that no block stays stale without an error.
 */
export function fillBlocks(page: string, blocks: Readonly<Record<string, string>>): string {
  const missing = new Set(Object.keys(blocks))
  const filled = page.replaceAll(/<!-- generated: (.+?) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const text = blocks[name]
    if (text === undefined) throw new Error(`there is no generated block named ${name}`)
    missing.delete(name)
    return `<!-- generated: ${name} -->\n${text}\n<!-- end -->`
  })
  if (missing.size > 0) throw new Error(`no place for the generated ${[...missing].join(', ')}`)
  return filled
}

/** A Markdown table. Cells may contain any text on one line: bars are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
