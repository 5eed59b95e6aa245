// The shell commands of a page: lines of its shell blocks, and commands between backticks.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface DocumentedCommand {
  readonly text: string
  /** The test that runs the block, as named in a comment above it. */
  readonly executedBy: string | undefined
  /** Whether it is only the name of a command, in a sentence. */
  readonly isMention: boolean
}

const root = join(import.meta.dirname, '../..')
const shell =
  /(?:<!-- executed by (?<by>\S+) -->\n)?^ *```(?:sh|bash|console)\n(?<block>.*?)^ *```$|`(?<inline>(?:resguardo|npx|npm|psql) [^`\n]+)`/gms

/**
 * Returns the commands of a page in order. A line that ends in an operator or inside quotes continues on the next line.
 * Comment lines and lines that state the syntax of a command are skipped.
 */
export function commandsOf(page: string): DocumentedCommand[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(shell)].flatMap(({ groups: { by, block, inline } = {} }) => {
    const lines = block === undefined ? [inline ?? ''] : linesOf(block)
    return lines
      .filter((line) => !/^\s*#|\[--flags\]$/.test(line))
      .map((line) => ({
        text: line.trim(),
        executedBy: by,
        isMention: inline !== undefined && /^(npx )?resguardo( (?!completion)[a-z-]+( plan)?)?$/.test(inline),
      }))
  })
}

function linesOf(block: string): string[] {
  const lines: string[] = []
  let open = ''
  for (const line of block.split('\n')) {
    open += open === '' ? line : `\n${line}`
    const isQuoted = open.replaceAll(/\\./gs, '').split("'").length % 2 === 0
    if (isQuoted || /(&&|\|\||\\|\|)$/.test(open)) continue
    if (open.trim() !== '') lines.push(open)
    open = ''
  }
  return lines
}
