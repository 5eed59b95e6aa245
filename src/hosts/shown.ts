// The only function through which text reaches a terminal, a log or an annotation.
import { plainText } from '../domain/text/plain-text.ts'

const plain = /^[\x20-\x7e]*$/

/**
 * A text as one line, masked, with everything in it spelled out that a terminal would obey. A secret that only shows
 * once invisible characters are taken out is masked too.
 */
export function shown(text: string, mask: (text: string) => string): string {
  const masked = mask(text)
  if (plain.test(masked)) return masked
  const bare = masked.replaceAll(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
  const safe = mask(bare)
  return safe === bare ? plainText(masked) : safe
}
