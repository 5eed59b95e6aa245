// The JSON of `--json`: the same as JSON.stringify's, in pieces, with secrets masked and control characters spelled
// out.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonPieces, jsonText } from '../../src/hosts/json-text.ts'

const asItIs = (text: string): string => text

it('is what JSON.stringify gives, for every document', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const expected = `${JSON.stringify(value, null, 2)}\n`
      expect(JSON.parse(jsonText(value, asItIs))).toEqual(JSON.parse(expected))
      if (/^[\n\x20-\x7e]*$/.test(expected)) expect(jsonText(value, asItIs)).toBe(expected)
    }),
  )
})
it('leaves out what is undefined, writes dates as texts, and null for an undefined item', () => {
  const document = {
    a: undefined,
    at: new Date(0),
    list: [undefined, { b: undefined, c: { d: undefined } }],
    none: [],
    empty: {},
  }
  expect(jsonText(document, asItIs)).toBe(`${JSON.stringify(document, null, 2)}\n`)
})
it('writes any iterable as a list, and reads one item for each piece', () => {
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
it('masks texts at every level, and not the names of properties', () => {
  const document = { secret: 'secret', a: ['secret', { b: { c: { d: ['secret'] } } }] }
  expect(JSON.parse(jsonText(document, (text) => text.replaceAll('secret', '***')))).toEqual({
    secret: '***',
    a: ['***', { b: { c: { d: ['***'] } } }],
  })
})
it('comes in short pieces where a list within an object is long', () => {
  const document = { manifest: { payloads: Array.from({ length: 1000 }, (_, at) => ({ file: `tenants/${at}.zip` })) } }
  expect(Math.max(...Array.from(jsonPieces(document, asItIs), ({ length }) => length))).toBeLessThan(100)
})
