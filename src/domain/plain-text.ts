// Escapes control characters in text from outside, so that a terminal, a log or a page shows it as it is.

const plain = /^[\x20-\x7e]*$/

/** Control characters, ends of lines, changes of direction, and characters that hide or annotate others. */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}\u00ad\u200b\u2060-\u2064\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/**
 * The text with every such character spelled out: `\x1b`, `\u202e`. It stays on its line and says what it says, and a JSON
 * document stays one (only C0, which JSON never holds, has the short form).
 */
export function plainText(text: string): string {
  if (plain.test(text)) return text
  return text.replaceAll(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
    return [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join('')
  })
}
