// The JSON of `--json`: equal to JSON.stringify, in pieces, with secrets masked and control characters
// escaped.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonPieces, jsonText } from '../../src/hosts/json-text.ts'

const asItIs = (text: string): string => text

it('the text equals that of JSON.stringify for every document', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const expected = `${JSON.stringify(value, null, 2)}\n`
      expect(JSON.parse(jsonText(value, asItIs))).toEqual(JSON.parse(expected))
      if (/^[\n\x20-\x7e]*$/.test(expected)) expect(jsonText(value, asItIs)).toBe(expected)
    }),
  )
})
it('undefined properties are omitted, undefined items become null, and dates become strings', () => {
  const document = {
    a: undefined,
    at: new Date(0),
    list: [undefined, { b: undefined, c: { d: undefined } }],
    none: [],
    empty: {},
  }
  expect(jsonText(document, asItIs)).toBe(`${JSON.stringify(document, null, 2)}\n`)
})
it('an iterable is written as an array and read one item at a time', () => {
  let read = 0
  const backups = {
    *[Symbol.iterator]() {
      for (const id of ['a', 'b']) {
        read += 1
        yield { id }
      }
    },
  }
  const pieces = jsonPieces({ backups }, asItIs)
  let text = ''
  while (!text.includes('"a"')) text += pieces.next().value
  expect(read).toBe(1)
  expect(JSON.parse(text + [...pieces].join(''))).toEqual({ backups: [{ id: 'a' }, { id: 'b' }] })
})
it('strings at every level are masked, property names are not', () => {
  const document = { secret: 'secret', a: ['secret', { b: { c: { d: ['secret'] } } }] }
  expect(JSON.parse(jsonText(document, (text) => text.replaceAll('secret', '***')))).toEqual({
    secret: '***',
    a: ['***', { b: { c: { d: ['***'] } } }],
  })
})
it('a long nested array is written in short pieces', () => {
  const document = { manifest: { payloads: Array.from({ length: 1000 }, (_, at) => ({ file: `tenants/${at}.zip` })) } }
  expect(Math.max(...Array.from(jsonPieces(document, asItIs), ({ length }) => length))).toBeLessThan(100)
})
