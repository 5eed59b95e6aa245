// The patterns of `branches`, `tags` and `paths`.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet

/**
 * Converts a pattern without its `!` to a regular expression: `?` and `+` repeat the preceding character, unlike in a
 * shell.
 */
function patternSource(pattern: string): string {
  const parts = pattern.match(/\*\*\/|\*\*|\*|\[[^\]]+\]|\\.|[\s\S]/g) ?? []
  const translated = parts.map((part) => {
    if (part === '**/') return '(?:.*/)?'
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '?' || part === '+') return part
    if (part.startsWith('[') && part.length > 1) return part
    if (part.startsWith('\\')) return part
    return part.replace(/[.^${}()|[\]\\/]/, '\\$&')
  })
  return `^${translated.join('')}$`
}

function matches(pattern: string, name: string): boolean {
  return new RegExp(patternSource(pattern)).test(name)
}

/** Whether the last pattern that matches `name` includes it: order matters, `!` excludes. */
export function included(patterns: readonly string[], name: string): boolean {
  let answer = false
  for (const pattern of patterns) {
    if (pattern.startsWith('!') ? matches(pattern.slice(1), name) : matches(pattern, name))
      answer = !pattern.startsWith('!')
  }
  return answer
}

/** Whether a name passes `only` or `ignore`, which GitHub does not allow together. */
export function passes(
  only: readonly string[] | undefined,
  ignore: readonly string[] | undefined,
  name: string,
): boolean {
  if (only !== undefined && ignore !== undefined)
    throw new Error('a filter and its -ignore cannot stand together for one event')
  return only === undefined ? ignore === undefined || !included(ignore, name) : included(only, name)
}

/** A change passes if any of its files does; with `ignore`, if any file is not ignored. */
export function anyPasses(
  only: readonly string[] | undefined,
  ignore: readonly string[] | undefined,
  files: readonly string[],
): boolean {
  if (only === undefined && ignore === undefined) return true
  return files.some((file) => passes(only, ignore, file))
}
