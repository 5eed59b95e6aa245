import { describe, expect, test } from 'vitest'
import { normalizeDefinition } from '../../../../src/engines/postgres/definitions/normalize-definition.ts'

describe('definitions with the same meaning have one normal form', () => {
  const equal: readonly [name: string, printed: string, reprinted: string][] = [
    [
      'IN over varchar',
      "CHECK (((v)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))",
      "CHECK (((v)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))",
    ],
    [
      'a type with several words and a length',
      '(ARRAY[a, (b + 1)])::character varying(10)[]',
      'ARRAY[(a)::character varying(10), ((b + 1))::character varying(10)]',
    ],
    ['a type of a schema', '(ARRAY[a])::app."My Type"[]', 'ARRAY[(a)::app."My Type"]'],
    ['a type with a time zone', '(ARRAY[a])::timestamp(3) with time zone[]', 'ARRAY[(a)::timestamp(3) with time zone]'],
    ['an array of arrays', '(ARRAY[ARRAY[a], ARRAY[b]])::text[]', 'ARRAY[ARRAY[(a)::text], ARRAY[(b)::text]]'],
    ['casts within casts', '(ARRAY[f((ARRAY[a])::text[])])::text[]', 'ARRAY[(f(ARRAY[(a)::text]))::text]'],
    ['nested ANDs', '(((a >= 0) AND (a <= 9)) AND (b > 1))', '((a >= 0) AND (a <= 9) AND (b > 1))'],
    ['nested ORs', '(x OR ((a = 1) OR (a = 2)))', '(x OR (a = 1) OR (a = 2))'],
    [
      'roles of a policy',
      'CREATE POLICY "TO" ON app.t AS RESTRICTIVE FOR UPDATE TO "Odd, Role", a, public USING ((a = 1)) WITH CHECK (true);',
      'CREATE POLICY "TO" ON app.t AS RESTRICTIVE FOR UPDATE TO public, a, "Odd, Role" USING ((a = 1)) WITH CHECK (true);',
    ],
    ['roles at the end', 'CREATE POLICY p ON t TO b, a', 'CREATE POLICY p ON t TO a, b'],
    ['line breaks', 'SELECT a\n   FROM t\n  WHERE (a AND b)', 'SELECT a FROM t WHERE (a AND b)'],
  ]
  test.each(equal)('%s', (_, printed, reprinted) => {
    expect(normalizeDefinition(printed)).toBe(normalizeDefinition(reprinted))
  })
})

describe('definitions with another meaning keep different forms', () => {
  const different: readonly [name: string, a: string, b: string][] = [
    ['casts of operands', '((a IS DISTINCT FROM b) AND c)', '(((a)::text IS DISTINCT FROM (b)::text) AND c)'],
    ['AND and OR', '((a OR b) AND c)', '(a OR (b AND c))'],
    ['an operand behind NOT', '(NOT (a AND b) AND c)', '(NOT a AND b AND c)'],
    ['the cast of a subscript', '(ARRAY[a])[1]::text[] AND b', 'ARRAY[(a)::text] AND b'],
    ['the cast to another type', "(ARRAY['a'::x])::text[]", "ARRAY[('a'::x)::name]"],
    ['white space in a string', "(a = 'x  y' AND b)", "(a = 'x y' AND b)"],
    ['white space in a function body', 'AS $$ a AND b $$', 'AS $$ a  AND b $$'],
    ['a name and a string', '(a = "x" AND b)', "(a = 'x' AND b)"],
    ['parentheses within a string', "(a = '((b AND c) AND d)')", "(a = '(b AND c AND d)')"],
    ['an escape string', "(a = E'\\'(' AND (b AND c))", "(a = E'\\'(' AND (b OR c))"],
    ['a window frame', '(ROWS BETWEEN (a AND b) AND c)', '(ROWS BETWEEN a AND b AND c)'],
  ]
  test.each(different)('%s', (_, a, b) => {
    expect(normalizeDefinition(a)).not.toBe(normalizeDefinition(b))
  })
})

test('a text that cannot be split stays as it is', () => {
  for (const text of [
    "a AND 'b",
    'a AND (b',
    'a AND b)',
    'a AND (b]',
    'a AND "b',
    'a AND $x$ b',
    `a AND ${'('.repeat(5000)}b`,
  ])
    expect(normalizeDefinition(text)).toBe(text)
})
