// SHA256SUMS: the list that `sha256sum -c` checks a backup's files by.

interface Sum {
  readonly file: string
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/**
 * One line per file, in the order given, as GNU coreutils writes and reads it: two spaces, and names that hold a
 * backslash, newline or carriage return escaped, with a backslash in front of the line.
 */
export function sumsText(sums: readonly Sum[]): string {
  return sums.map(({ file, sha256 }) => `${/[\\\n\r]/.test(file) ? '\\' : ''}${sha256}  ${escapeName(file)}\n`).join('')
}

function escapeName(file: string): string {
  return file.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
}
