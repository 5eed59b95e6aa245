// Escapes control characters in text from outside, so that terminals, logs and pages show it literally.

const plain = /^[\x20-\x7e]*$/

/**
 * Control characters, ends of lines, changes of direction, and invisible characters, which can hide text. Joiners and
 * variation selectors are allowed, because scripts and emoji use them.
 */
const unsafe =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}\ufff9-\ufffb[\p{Default_Ignorable_Code_Point}--[\u200c\u200d\ufe00-\ufe0f]]]/gv

/**
 * Returns the text with each such character escaped: `\x1b`, `\u202e`. The text stays on one line, and JSON stays valid
 * unless it contains DEL: only C0, which JSON never contains, and DEL have the short form.
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
