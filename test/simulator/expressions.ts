// Evaluates `${{ }}` with GitHub's own expression engine.
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { data, Evaluator, Lexer, Parser } from '@actions/expressions'
import type { FunctionDefinition } from '@actions/expressions/funcs/info'
import { isBasicExpression, isBoolean, isMapping, isNumber, isScalar, isSequence } from '@actions/workflow-parser'
import { ensureStatusFunction } from '@actions/workflow-parser/model/converter/if-condition'
import { splitAllowedContext } from '@actions/workflow-parser/templates/allowed-context'
import type { Json, JsonObject } from './json.ts'
import { entries, items, place, type Token } from './tokens.ts'

/**
 * Values of the status functions:
 * https://docs.github.com/actions/reference/workflows-and-actions/expressions#status-check-functions
 */
export interface Status {
  readonly success: boolean
  readonly failure: boolean
  readonly cancelled: boolean
}

export interface Scope {
  readonly contexts: JsonObject
  readonly status: Status
  /** Folder in which hashFiles() searches. */
  readonly workspace: string
}

/** Truth in GitHub's expressions: false, 0, NaN, '' and null are false. */
export function isTrue(value: Json): boolean {
  return !(value === false || value === 0 || value === '' || value === null || Number.isNaN(value))
}

function toData(value: unknown): data.ExpressionData {
  return JSON.parse(JSON.stringify(value ?? null), data.reviver)
}

function hashOfFiles(patterns: readonly data.ExpressionData[], workspace: string): string {
  const files = globSync(
    patterns.map((pattern) => pattern.coerceString()),
    { cwd: workspace },
  ).sort()
  const hash = createHash('sha256')
  for (const file of files)
    hash.update(
      createHash('sha256')
        .update(readFileSync(join(workspace, file)))
        .digest(),
    )
  return files.length === 0 ? '' : hash.digest('hex')
}

function functionsOf(scope: Scope): Map<string, FunctionDefinition> {
  const status = (name: string, value: () => boolean): [string, FunctionDefinition] => {
    const call = (...jobs: data.ExpressionData[]) => {
      if (jobs.length > 0) throw new Error(`${name}() with the names of jobs is not supported`)
      return toData(value())
    }
    return [name, { name, minArgs: 0, maxArgs: 255, call }]
  }
  const hashFiles = (...patterns: data.ExpressionData[]) => toData(hashOfFiles(patterns, scope.workspace))
  return new Map([
    status('success', () => scope.status.success),
    status('failure', () => scope.status.failure),
    status('cancelled', () => scope.status.cancelled),
    status('always', () => true),
    ['hashfiles', { name: 'hashFiles', minArgs: 1, maxArgs: 255, call: hashFiles }],
  ])
}

function evaluated(source: string, allowed: readonly string[], scope: Scope): data.ExpressionData {
  const { namedContexts, functions } = splitAllowedContext([...allowed])
  const tree = new Parser(new Lexer(source).lex().tokens, namedContexts, functions).parse()
  return new Evaluator(tree, toData(scope.contexts) as data.Dictionary, functionsOf(scope)).evaluate()
}

/** Evaluates the expressions in a part of a workflow. Throws if GitHub's engine does. */
export function jsonOf(token: Token | undefined, scope: Scope): Json {
  if (token === undefined) return null
  if (isBasicExpression(token)) {
    return JSON.parse(
      JSON.stringify(evaluated(token.expression, token.definitionInfo?.allowedContext ?? [], scope), data.replacer),
    )
  }
  if (isMapping(token)) return Object.fromEntries(entries(token).map(([key, value]) => [key, jsonOf(value, scope)]))
  if (isSequence(token)) return items(token).map((item) => jsonOf(item, scope))
  if (isBoolean(token) || isNumber(token)) return token.value
  return token.toString() === '' && token.typeName() === 'NullToken' ? null : token.toString()
}

/** Evaluates a scalar to text; objects and arrays become `Object` and `Array`, as on GitHub. */
export function textOf(token: Token | undefined, scope: Scope): string {
  if (token === undefined) return ''
  if (isBasicExpression(token))
    return evaluated(token.expression, token.definitionInfo?.allowedContext ?? [], scope).coerceString()
  if (!isScalar(token)) throw new Error(`${place(token)}a scalar is expected`)
  return token.toString()
}

/** Evaluates a mapping of texts, such as `env` and `with`. Throws if one expression stands for the whole mapping. */
export function textsOf(token: Token | undefined, scope: Scope): Record<string, string> {
  if (token !== undefined && isBasicExpression(token))
    throw new Error(`${place(token)}an expression for a whole mapping is not supported`)
  return Object.fromEntries(entries(token).map(([key, value]) => [key, textOf(value, scope)]))
}

export function numberOf(token: Token | undefined, scope: Scope, fallback: number): number {
  if (token === undefined) return fallback
  const value = Number(jsonOf(token, scope))
  if (Number.isNaN(value)) throw new Error(`${place(token)}a number is expected`)
  return value
}

/** The source of an `if`, with or without `${{ }}`; begins with `success() &&` unless it calls a status function. */
function conditionOf(token: Token): string {
  const source = isBasicExpression(token) ? token.expression : token.toString().trim()
  return source === '' ? 'success()' : ensureStatusFunction(source, token.definitionInfo)
}

/** Whether an `if` is true; without one, success() decides. */
export function conditionHolds(token: Token | undefined, scope: Scope): boolean {
  if (token === undefined) return scope.status.success
  return isTrue(
    JSON.parse(
      JSON.stringify(evaluated(conditionOf(token), token.definitionInfo?.allowedContext ?? [], scope), data.replacer),
    ),
  )
}

/** `pre-if` and `post-if`: as written, without `success() &&`; always() if missing. */
export function hookConditionHolds(token: Token | undefined, scope: Scope): boolean {
  if (token === undefined) return true
  const source = isBasicExpression(token) ? token.expression : token.toString()
  return isTrue(
    JSON.parse(JSON.stringify(evaluated(source, token.definitionInfo?.allowedContext ?? [], scope), data.replacer)),
  )
}
