// Normalizes paths, so that rules can compare them.

/** A short name of NTFS, such as `MIGRAT~1`: an alias of a folder or file with a long name. */
export const shortName = /^[^/.~]{1,6}~\d{1,3}(\.[^/.]{0,3})?$/

/**
 * Returns the path as lenient file systems read it. Some ignore case, compatibility forms of characters, invisible
 * characters, or dots and spaces at the end of a name; some read a backslash as a slash. What one of them reads as
 * `migrations` must be `migrations` here.
 */
export function plainPath(path: string): string {
  const text = path
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replaceAll('\\', '/')
  return text.split('/').map(withoutEnd).join('/')
}

/** A loop, because a regular expression needs quadratic time for a name that is all dots. */
function withoutEnd(name: string): string {
  let end = name.length
  while (end > 0 && /[.\s]/.test(name.charAt(end - 1))) end -= 1
  return end === 0 ? name : name.slice(0, end)
}
