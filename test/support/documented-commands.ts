// The shell commands of a page: lines of its shell blocks, and commands between backticks.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface DocumentedCommand {
  readonly text: string
  /** The test that runs the block, which a comment above it names. */
  readonly executedBy: string | undefined
  /** Only the name of a command, in a sentence. */
  readonly isMention: boolean
}

const root = join(import.meta.dirname, '../..')
const shell =
  /(?:<!-- executed by (?<by>\S+) -->\n)?^ *```(?:sh|bash|console)\n(?<block>.*?)^ *```$|`(?<inline>(?:resguardo|npx|npm|psql) [^`\n]+)`/gms

/**
 * In the order of the page. A line that ends in an operator or inside of quotes goes on with the next; comment lines
 * and lines that state the syntax of a command are left out.
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
