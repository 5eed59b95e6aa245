// SHA256SUMS: the list with which `sha256sum -c` verifies a backup's files.

interface Sum {
  readonly file: string
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/**
 * One line per file, in the given order and in GNU coreutils' format: two spaces before the name. If a name contains a
 * backslash, newline or carriage return, these are escaped and the line starts with a backslash.
 */
export function sumsText(sums: readonly Sum[]): string {
  return sums.map(({ file, sha256 }) => `${/[\\\n\r]/.test(file) ? '\\' : ''}${sha256}  ${escapeName(file)}\n`).join('')
}

function escapeName(file: string): string {
  return file.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
}
