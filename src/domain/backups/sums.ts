// SHA256SUMS: the list that `sha256sum -c` checks a backup's files by.
import { Failure } from '../failures/failure.ts'

export interface Sum {
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

/**
 * Reads what `sha256sum` writes (text, binary `*` and escaped names; comments are passed over). Throws
 * a failure of kind integrity naming the line for anything else, and for a file named twice.
 */
export function parseSums(text: string): Sum[] {
  const sums = new Map<string, Sum>()
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const [at, line] of lines.entries()) {
    if (line.startsWith('#')) continue
    const [, escaped, sha256, name] = /^(\\?)([0-9A-Fa-f]{64}) [ *]([^\0]+)$/s.exec(line.replace(/\r$/, '')) ?? []
    const file = name === undefined ? undefined : escaped ? unescapeName(name) : name
    if (file === undefined || sha256 === undefined) throw wrongLine(at + 1, 'is not a checksum and a file name')
    if (sums.has(file)) throw wrongLine(at + 1, `names ${JSON.stringify(file)} again`)
    sums.set(file, { file, sha256: sha256.toLowerCase() })
  }
  return [...sums.values()]
}

/** Undefined for a backslash that escapes nothing. */
function unescapeName(name: string): string | undefined {
  if (!/^(?:[^\\]|\\[\\nr])*$/.test(name)) return undefined
  return name.replaceAll(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign === 'r' ? '\r' : '\\'))
}

function wrongLine(line: number, what: string): Failure {
  return new Failure('store/object-damaged', `line ${line} of SHA256SUMS ${what}`, {
    hint: 'The file was damaged or edited. Use another copy of this backup.',
  })
}
