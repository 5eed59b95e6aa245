// A path in the form in which rules compare it.

/**
 * The path as file systems that ignore case, the form of a character, invisible characters, or dots and spaces at the end of
 * a name read it: what one of them takes for `migrations` must not have another name here.
 */
export function plainPath(path: string): string {
  const text = path
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
  return text
    .split('/')
    .map((part) => part.replace(/[.\s]+$/, '') || part)
    .join('/')
}
