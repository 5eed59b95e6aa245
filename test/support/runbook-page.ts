// The commands of a runbook, as written.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** In the order of the page, or of one of its sections: lines of shell blocks, and what stands between backticks. */
export function runbookCommands(page: string, heading?: string): string[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8')
  const [, after] = heading === undefined ? ['', text] : text.split(`### ${heading}\n`)
  if (after === undefined) throw new Error(`${page} has no section "${heading}"`)
  const part = heading === undefined ? after : (after.split(/^##/m)[0] ?? '')
  const found = part.matchAll(/^```sh\n(.*?)^```$|`(resguardo [a-z-]+[^`]*)`/gms)
  return [...found]
    .flatMap(([, block, inline = '']) => (block ?? inline).split('\n'))
    .filter((line) => /^[^#]/.test(line) && line !== 'resguardo restore')
}
