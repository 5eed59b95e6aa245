import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTableName } from '../../../src/domain/fingerprint/table-name.ts'
import { formatTableRule } from '../../../src/domain/tenants/format-table-rule.ts'
import { nameOf, type TableRule } from '../../../src/domain/tenants/map.ts'
import { parseTableRule } from '../../../src/domain/tenants/table-rule.ts'

const auditLog = { schema: 'public', table: 'AuditLog' }

test.each<[string, TableRule | undefined]>([
  ['public."AuditLog": shared', { ...auditLog, says: { kind: 'shared' } }],
  ['  AuditLog :ignored ', { ...auditLog, says: { kind: 'ignored' } }],
  ['"AuditLog": column "orgId"', { ...auditLog, says: { kind: 'column', column: 'orgId' } }],
  ['AuditLog: column org id', { ...auditLog, says: { kind: 'column', column: 'org id' } }],
  ['AuditLog: through "a ""b"""', { ...auditLog, says: { kind: 'through', foreignKey: 'a "b"' } }],
  ['"a: shared"."b:c": ignored', { schema: 'a: shared', table: 'b:c', says: { kind: 'ignored' } }],
  ['AuditLog: column x: ignored', { ...auditLog, says: { kind: 'column', column: 'x: ignored' } }],
  ['AuditLog', undefined],
  ['AuditLog: ', undefined],
  ['AuditLog: column', undefined],
  ['AuditLog: owned', undefined],
  ['AuditLog shared', undefined],
  ['a.b.c: shared', undefined],
  [': shared', undefined],
  ['', undefined],
])('%j is parsed as %j', (text, rule) => {
  expect(parseTableRule(text)).toEqual(rule)
})

const name = fc.string({ minLength: 1, unit: 'grapheme' })
const says = fc.oneof(
  fc.constantFrom({ kind: 'shared' } as const, { kind: 'ignored' } as const),
  fc.record({ kind: fc.constant('column' as const), column: name }),
  fc.record({ kind: fc.constant('through' as const), foreignKey: name }),
)

test('parsing a formatted rule returns the same rule for any names', () => {
  fc.assert(
    fc.property(name, name, says, (schema, table, said) => {
      const rule: TableRule = { schema, table, says: said }
      expect(parseTableRule(formatTableRule(rule))).toEqual(rule)
      expect(parseTableName(nameOf(rule))).toEqual({ schema, table })
    }),
    { numRuns: 1000 },
  )
})
