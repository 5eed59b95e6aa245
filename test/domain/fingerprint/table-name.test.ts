import { expect, test } from 'vitest'
import { parseTableName } from '../../../src/domain/fingerprint/table-name.ts'

test.each([
  ['Product', { schema: 'public', table: 'Product' }],
  ['public.Product', { schema: 'public', table: 'Product' }],
  ['public."Product"', { schema: 'public', table: 'Product' }],
  ['"odd.schema"."t ""x"" 🐘"', { schema: 'odd.schema', table: 't "x" 🐘' }],
  ['a b.c d', { schema: 'a b', table: 'c d' }],
  ['', undefined],
  ['a.b.c', undefined],
  ['"open', undefined],
  ['a."b"c', undefined],
  ['.a', undefined],
])('%j is parsed as %j', (text, name) => {
  expect(parseTableName(text)).toEqual(name)
})
