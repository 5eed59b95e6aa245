// The JSON output of `--json`.
import { lazily } from '../domain/lazily.ts'
import { plainText } from '../domain/text/plain-text.ts'

/** Like `jsonPieces`, as one string. */
export function jsonText(document: unknown, mask: (text: string) => string): string {
  return [...jsonPieces(document, mask)].join('')
}

/**
 * Yields valid JSON with masked secrets and escaped control characters. Yields one piece per item of a list, because a
 * list of backups or tenants can be long. In the upper levels, such a list can be any iterable.
 */
export function* jsonPieces(document: unknown, mask: (text: string) => string): Generator<string> {
  yield* valuePieces(document, mask, 0)
  yield '\n'
}

/** Depth at which a value is yielded as one piece, because deeper values are short. */
const levels = 3
/** Approximate size in characters of an object or a list that is yielded as one piece. */
const pieceSize = 4096

function* valuePieces(value: unknown, mask: (text: string) => string, depth: number): Generator<string> {
  if (depth === levels || typeof value !== 'object' || value === null || isSmall(value))
    return yield wholeText(value, mask, '  '.repeat(depth)) ?? 'null'
  const isList = Symbol.iterator in value
  const [opening, closing] = isList ? '[]' : '{}'
  let before = opening
  for (const [name, member] of isList ? unnamed(value) : Object.entries(value)) {
    if (!isList && member === undefined) continue
    yield `${before}\n${'  '.repeat(depth + 1)}${isList ? '' : `${wholeText(name, (text) => text, '')}: `}`
    yield* valuePieces(member, mask, depth + 1)
    before = ','
  }
  yield before === ',' ? `\n${'  '.repeat(depth)}${closing}` : `${opening}${closing}`
}

function isSmall(value: object): boolean {
  return budgetAfter(value, pieceSize) > 0
}

/** Returns what remains of a budget of characters; stops at 0, and at an iterable that is not an array. */
function budgetAfter(value: unknown, budget: number): number {
  if (typeof value === 'string') return budget - value.length
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return budget - 10
  if (Symbol.iterator in value && !Array.isArray(value)) return 0
  let left = budget - 10
  for (const name in value) {
    if (left <= 0) return 0
    left = budgetAfter(value[name as keyof typeof value], left - name.length)
  }
  return left
}

function unnamed(list: object): Iterable<readonly [name: string, member: unknown]> {
  return lazily(list as Iterable<unknown>, (member) => ['', member])
}

function wholeText(value: unknown, mask: (text: string) => string, indent: string): string | undefined {
  const masked = (_: string, each: unknown): unknown => (typeof each === 'string' ? mask(each) : each)
  const text = JSON.stringify(value, masked, 2)
  if (text !== undefined && plain.test(text)) return text.replaceAll('\n', `\n${indent}`)
  return text?.split('\n').map(jsonLine).join(`\n${indent}`)
}

const plain = /^[\x20-\x7e\n]*$/

/** JSON.stringify does not escape DEL, and the short form of `plainText` is not valid JSON. */
function jsonLine(line: string): string {
  return plainText(line.replaceAll('\u007f', '\\u007f'))
}
