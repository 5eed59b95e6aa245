// Runs shellcheck on every `run:` of a workflow or a composite action.
import { spawnSync } from 'node:child_process'
import { LineCounter, parseDocument, visit } from 'yaml'

/**
 * Disabled checks: sourced files (1091), constant conditions that result from blanked-out expressions (2050, 2157,
 * 2194), and variables of the environment that nothing assigns (2153, 2154).
 */
const excluded = 'SC1091,SC2050,SC2153,SC2154,SC2157,SC2194'

interface Comment {
  readonly line: number
  readonly code: number
  readonly message: string
}

/** The scripts of a file, each with the line of its `run:`. */
function scripts(text: string): { line: number; script: string }[] {
  const lines = new LineCounter()
  const found: { line: number; script: string }[] = []
  visit(parseDocument(text, { lineCounter: lines }), {
    Pair(_, { key, value }) {
      const [name, script] = [key, value].map((node) => (node as { value?: unknown } | null)?.value)
      const start = (value as { range?: [number, number, number] } | null)?.range?.[0] ?? 0
      if (name === 'run' && typeof script === 'string') found.push({ line: lines.linePos(start).line, script })
    },
  })
  return found
}

/** Returns findings as `path:line: SC… message`. Throws if shellcheck is not installed. */
export function shellFindings(path: string, text: string): string[] {
  return scripts(text).flatMap(({ line, script }) => {
    const input = script.replaceAll(/\$\{\{[\s\S]*?\}\}/g, (expression) => '_'.repeat(expression.length))
    const { stdout, error } = spawnSync('shellcheck', ['-s', 'bash', '-f', 'json', '-e', excluded, '-'], {
      input,
      encoding: 'utf8',
    })
    if (error !== undefined)
      throw new Error('shellcheck cannot be started: install the package shellcheck', { cause: error })
    const comments = JSON.parse(stdout) as Comment[]
    return comments.map((comment) => `${path}:${line + comment.line}: SC${comment.code} ${comment.message}`)
  })
}
