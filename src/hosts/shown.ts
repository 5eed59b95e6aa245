// Makes text safe to show. All text for a terminal, a log or an annotation passes through this function.
import { plainText } from '../domain/text/plain-text.ts'

const plain = /^[\x20-\x7e]*$/

/**
 * Returns a text as one masked line, with everything escaped that a terminal would interpret. Also masks a secret that
 * appears only when invisible characters are removed.
 */
export function shown(text: string, mask: (text: string) => string): string {
  const masked = mask(text)
  if (plain.test(masked)) return masked
  const bare = masked.replaceAll(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
  const safe = mask(bare)
  return safe === bare ? plainText(masked) : safe
}
