import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSchemaPattern, schemaOfTenant, tenantOfSchema } from '../../../src/domain/tenants/schema-pattern.ts'
import { anyCharacter } from '../../support/any-character.ts'

test.each([
  ['tenant_{id}', true],
  ['{id}', true],
  ['t_{id}_data', true],
  ['tenant', false],
  ['{id}{id}', false],
  ['', false],
])('%j is a schema pattern: %j', (text, is) => {
  expect(isSchemaPattern(text)).toBe(is)
})

test.each([
  ['tenant_{id}', 'tenant_7', '7'],
  ['tenant_{id}', 'tenant_', undefined],
  ['tenant_{id}', 'public', undefined],
  ['t_{id}_data', 't_a b_data', 'a b'],
  ['ab{id}ba', 'aba', undefined],
  ['ab{id}ba', 'abba', undefined],
  ['ab{id}ba', 'abaXba', 'aX'],
  ['{id}', 'acme', 'acme'],
])('pattern %j maps schema %j to tenant %j', (pattern, schema, tenant) => {
  expect(tenantOfSchema(pattern, schema)).toBe(tenant)
})

test('every tenant ID can be parsed from its schema name', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string({ minLength: 1, unit: anyCharacter }), (before, after, tenant) => {
      fc.pre(isSchemaPattern(`${before}{id}${after}`))
      const pattern = `${before}{id}${after}`
      expect(tenantOfSchema(pattern, schemaOfTenant(pattern, tenant))).toBe(tenant)
    }),
  )
})
