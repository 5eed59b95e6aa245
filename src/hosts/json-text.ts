// The JSON that `--json` prints.
import { plainText } from '../domain/plain-text.ts'

/** All of `jsonPieces`. */
export function jsonText(document: unknown, mask: (text: string) => string): string {
  return [...jsonPieces(document, mask)].join('')
}

/**
 * JSON with secrets masked in its texts, and without characters that a terminal obeys, so that what is printed still parses. It comes
 * in pieces, one for each item of a list at the top: a list of many backups is long.
 */
export function* jsonPieces(document: unknown, mask: (text: string) => string): Generator<string> {
  const json = (value: unknown, indent: string): string | undefined =>
    JSON.stringify(value, (_, each: unknown) => (typeof each === 'string' ? mask(each) : each), 2)
      ?.split('\n')
      .map(jsonLine)
      .join(`\n${indent}`)
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return yield `${json(document, '')}\n`
  let opening = '{'
  for (const [name, value] of Object.entries(document)) {
    const list = Array.isArray(value) && value.length > 0 ? value : undefined
    const text = list ? undefined : json(value, '  ')
    if (!list && text === undefined) continue
    yield `${opening}\n  ${json(name, '')}: ${text ?? '['}`
    opening = ','
    for (const [place, item] of list?.entries() ?? []) yield `${place > 0 ? ',' : ''}\n    ${json(item, '    ') ?? 'null'}`
    if (list) yield '\n  ]'
  }
  yield opening === '{' ? '{}\n' : '\n}\n'
}

/** JSON.stringify leaves DEL as it is; the short form of `plainText` would be no JSON. */
function jsonLine(line: string): string {
  return plainText(line.replaceAll('\u007f', '\\u007f'))
}
