// OpenSSH's pattern lists (ssh_config(5), PATTERNS): `shop,shop-*,!shop-test`.

/** Whether a list matches a text: some pattern matches, and no pattern with `!` does. */
export function matchesPatternList(text: string, list: string): boolean {
  const patterns = list.split(',')
  const [refused, wanted] = [
    patterns.filter((each) => each.startsWith('!')),
    patterns.filter((each) => !each.startsWith('!')),
  ]
  return wanted.some((pattern) => matches(text, pattern)) && !refused.some((pattern) => matches(text, pattern.slice(1)))
}

/** `*` matches any number of characters, `?` exactly one. Backtracks only to the last `*`. */
function matches(text: string, pattern: string): boolean {
  let [at, in_, star, mark] = [0, 0, -1, 0]
  while (at < text.length) {
    if (pattern[in_] === '*') {
      star = in_
      in_ += 1
      mark = at
    } else if (pattern[in_] === '?' || pattern[in_] === text[at]) {
      at += 1
      in_ += 1
    } else if (star !== -1) {
      in_ = star + 1
      mark += 1
      at = mark
    } else return false
  }
  return /^\**$/.test(pattern.slice(in_))
}
