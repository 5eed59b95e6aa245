// A path in the form in which rules compare it.

/** A short name of NTFS, such as `MIGRAT~1`: another name of a folder or file with a long name. */
export const shortName = /^[^/.~]{1,6}~\d{1,3}(\.[^/.]{0,3})?$/

/**
 * The path as file systems that ignore case, the form of a character, invisible characters, or dots and spaces at the
 * end of a name, or that take a backslash for a slash read it: what one of them takes for `migrations` must not have
 * another name here.
 */
export function plainPath(path: string): string {
  const text = path
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .replaceAll('\\', '/')
  return text.split('/').map(withoutEnd).join('/')
}

/** A loop, since a pattern takes time in the square of the length for a name that is all dots. */
function withoutEnd(name: string): string {
  let end = name.length
  while (end > 0 && /[.\s]/.test(name.charAt(end - 1))) end -= 1
  return end === 0 ? name : name.slice(0, end)
}
