// Escapes control characters in text from outside, so that a terminal, a log or a page shows it as it is.

const plain = /^[\x20-\x7e]*$/

/**
 * Control characters, ends of lines, changes of direction, and invisible characters, which hide text, but for the
 * joiners and variants of scripts and emoji.
 */
const unsafe =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}\ufff9-\ufffb[\p{Default_Ignorable_Code_Point}--[\u200c\u200d\ufe00-\ufe0f]]]/gv

/**
 * The text with every such character spelled out: `\x1b`, `\u202e`. It stays on its line and says what it says, and a
 * JSON document stays one (only C0, which JSON never holds, has the short form).
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
