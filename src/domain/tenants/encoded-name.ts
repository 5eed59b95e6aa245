// Percent-encodes names and IDs for file names, CSV fields and shell commands.

/** Letters, digits, `-` and `_` stay; all other characters, `%` included, become `%XX` for each byte of UTF-8. */
export function encodedName(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /[.!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
