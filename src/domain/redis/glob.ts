// Redis' pattern matching, as in KEYS, SCAN and ACL, including its oddities. It works on bytes.

const [star, question, open, close, caret, backslash, dash] = [0x2a, 0x3f, 0x5b, 0x5d, 0x5e, 0x5c, 0x2d]

/** Redis' own limit of recursion: a pattern with more stars matches nothing. */
const deepest = 1000

/** Whether a key matches a pattern: `*`, `?`, `[abc]`, `[^a-z]`, and a backslash before a literal character. */
export function matchesGlob(pattern: Uint8Array, key: Uint8Array): boolean {
  if (pattern.length === 1 && pattern[0] === star) return true
  return matchFrom(pattern, 0, key, 0, { hopeless: false }, 0)
}

/** Returns the pattern that matches only this text. */
export function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]\\]/g, (sign) => `\\${sign}`)
}

/** `hopeless`: what follows a star matched nowhere in the rest of the key, so no earlier star can match either. */
function matchFrom(
  pattern: Uint8Array,
  patternFrom: number,
  key: Uint8Array,
  keyFrom: number,
  seen: { hopeless: boolean },
  depth: number,
): boolean {
  if (depth > deepest) return false
  let [at, read] = [patternFrom, keyFrom]
  while (at < pattern.length && read < key.length) {
    const sign = pattern[at]
    if (sign === star) return matchStar(pattern, at, key, read, seen, depth)
    if (sign === open) {
      const { matches, end } = matchClass(pattern, at, key[read] as number)
      if (!matches) return false
      at = end
    } else if (sign !== question) {
      if (sign === backslash && at + 1 < pattern.length) at += 1
      if (pattern[at] !== key[read]) return false
    }
    at += 1
    read += 1
    if (read === key.length) while (pattern[at] === star) at += 1
  }
  return at >= pattern.length && read === key.length
}

function matchStar(
  pattern: Uint8Array,
  from: number,
  key: Uint8Array,
  keyFrom: number,
  seen: { hopeless: boolean },
  depth: number,
): boolean {
  let at = from
  while (pattern[at + 1] === star) at += 1
  if (at + 1 === pattern.length) return true
  for (let read = keyFrom; read < key.length; read += 1) {
    if (matchFrom(pattern, at + 1, key, read, seen, depth + 1)) return true
    if (seen.hopeless) return false
  }
  seen.hopeless = true
  return false
}

/** `end`: index of the closing bracket, or of the last byte if there is none. */
function matchClass(pattern: Uint8Array, from: number, byte: number): { matches: boolean; end: number } {
  let at = from + 1
  const not = pattern[at] === caret
  if (not) at += 1
  let found = false
  for (; ; at += 1) {
    const left = pattern.length - at
    if (left >= 2 && pattern[at] === backslash) {
      at += 1
      if (pattern[at] === byte) found = true
    } else if (pattern[at] === close) break
    else if (left <= 0) {
      at = pattern.length - 1
      break
    } else if (left >= 3 && pattern[at + 1] === dash) {
      if (isBetween(byte, pattern[at] as number, pattern[at + 2] as number)) found = true
      at += 2
    } else if (pattern[at] === byte) found = true
  }
  return { matches: found !== not, end: at }
}

/** As in Redis, bytes are compared as signed characters, and the ends may be in either order. */
function isBetween(byte: number, one: number, other: number): boolean {
  const [b, c, d] = [signed(byte), signed(one), signed(other)]
  return b >= Math.min(c, d) && b <= Math.max(c, d)
}

function signed(byte: number): number {
  return (byte << 24) >> 24
}
