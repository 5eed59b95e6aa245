// Random text for property tests.
import fc from 'fast-check'

/**
 * Any Unicode character, for `fc.string({ unit })`. The unit `binary` of fast-check is the same, but first builds a table
 * of a million characters, which takes a second.
 */
export const anyCharacter = fc
  .oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  )
  .map((code) => String.fromCodePoint(code))
