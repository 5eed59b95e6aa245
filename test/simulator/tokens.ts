// Reads the tokens of GitHub's own parser: parts of a workflow before its expressions are evaluated.
import { isBasicExpression, isMapping, isScalar, isSequence } from '@actions/workflow-parser'
import { BooleanToken } from '@actions/workflow-parser/templates/tokens/boolean-token'
import { NumberToken } from '@actions/workflow-parser/templates/tokens/number-token'
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import type { Json } from './json.ts'

export type Token = TemplateToken

/** The value of `key` in a mapping. */
export function child(token: Token | undefined, key: string): Token | undefined {
  return token !== undefined && isMapping(token) ? token.find(key) : undefined
}

/** The pairs of a mapping, in the file's order; none for anything else. */
export function entries(token: Token | undefined): [string, Token][] {
  return token !== undefined && isMapping(token) ? [...token].map(({ key, value }) => [key.toString(), value]) : []
}

/** The items of a sequence; none for anything else. */
export function items(token: Token | undefined): Token[] {
  return token !== undefined && isSequence(token) ? [...token] : []
}

/** The text of a scalar without expressions. */
export function literal(token: Token | undefined): string | undefined {
  if (token === undefined || !isScalar(token)) return undefined
  if (isBasicExpression(token)) throw new Error(`${token.toString()}: an expression is not supported here`)
  return token.toString()
}

/** A part of a file without expressions, as JSON. */
export function plain(token: Token | undefined): Json {
  if (token === undefined) return null
  if (isMapping(token)) return Object.fromEntries(entries(token).map(([key, value]) => [key, plain(value)]))
  if (isSequence(token)) return items(token).map(plain)
  if (token instanceof BooleanToken || token instanceof NumberToken) return token.value
  return literal(token) ?? null
}

/** The position of a token, for error messages. */
export function place(token: Token | undefined): string {
  return token?.line === undefined ? '' : `line ${token.line}: `
}

/** Whether it is a single value, with or without an expression. */
export function isText(token: Token): boolean {
  return isScalar(token)
}

export function isExpression(token: Token): boolean {
  return isBasicExpression(token)
}
