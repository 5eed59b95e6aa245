// The JSON that `--json` prints.
import { plainText } from '../domain/plain-text.ts'

/** All of `jsonPieces`. */
export function jsonText(document: unknown, mask: (text: string) => string): string {
  return [...jsonPieces(document, mask)].join('')
}

/**
 * JSON with secrets masked in its texts, and without characters that a terminal obeys, so that what is printed still parses. It comes
 * in pieces, one for each item of the lists in it: that of many backups, or of one with many tenants, is long.
 */
export function* jsonPieces(document: unknown, mask: (text: string) => string): Generator<string> {
  yield* valuePieces(document, mask, 0)
  yield '\n'
}

/** Values further down are short, and come in one piece. */
const levels = 3

function* valuePieces(value: unknown, mask: (text: string) => string, depth: number): Generator<string> {
  if (depth === levels || typeof value !== 'object' || value === null || 'toJSON' in value)
    return yield wholeText(value, mask, '  '.repeat(depth)) ?? 'null'
  const isList = Array.isArray(value)
  const [opening, closing] = isList ? '[]' : '{}'
  let before = opening
  for (const [name, member] of isList ? value.entries() : Object.entries(value)) {
    if (!isList && member === undefined) continue
    yield `${before}\n${'  '.repeat(depth + 1)}${isList ? '' : `${wholeText(name, (text) => text, '')}: `}`
    yield* valuePieces(member, mask, depth + 1)
    before = ','
  }
  yield before === ',' ? `\n${'  '.repeat(depth)}${closing}` : `${opening}${closing}`
}

function wholeText(value: unknown, mask: (text: string) => string, indent: string): string | undefined {
  const masked = (_: string, each: unknown): unknown => (typeof each === 'string' ? mask(each) : each)
  return JSON.stringify(value, masked, 2)?.split('\n').map(jsonLine).join(`\n${indent}`)
}

/** JSON.stringify leaves DEL as it is; the short form of `plainText` would be no JSON. */
function jsonLine(line: string): string {
  return plainText(line.replaceAll('\u007f', '\\u007f'))
}
