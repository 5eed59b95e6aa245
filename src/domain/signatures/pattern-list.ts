// Pattern lists as OpenSSH has them (ssh_config(5), PATTERNS): `shop,shop-*,!shop-test`.

/** Whether a list matches a text: one pattern does, and none with `!` in front. */
export function matchesPatternList(text: string, list: string): boolean {
  const patterns = list.split(',')
  const [refused, wanted] = [
    patterns.filter((each) => each.startsWith('!')),
    patterns.filter((each) => !each.startsWith('!')),
  ]
  return wanted.some((pattern) => matches(text, pattern)) && !refused.some((pattern) => matches(text, pattern.slice(1)))
}

/** `*` is any number of characters, `?` is one; without backtracking that grows with the text. */
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
