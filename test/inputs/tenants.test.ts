import { expect, test } from 'vitest'
import { parseInputs } from '../../src/inputs/parse.ts'
import { checkTenantInputs, tenantInputs, tenantRulesOf } from '../../src/inputs/tenants.ts'

function given(texts: Record<string, string | string[]>) {
  return parseInputs(tenantInputs, (name) =>
    texts[name] === undefined ? undefined : { text: texts[name], from: name },
  )
}

test('by default, the tenant table is "Tenant" and the tenant column is tenantId', () => {
  const values = given({})
  expect(checkTenantInputs(values)).toEqual([])
  expect(tenantRulesOf(values)).toEqual({ table: { schema: 'public', table: 'Tenant' }, column: 'tenantId', rules: [] })
})

test('the given table, column, schema and rules are parsed', () => {
  const values = given({
    'tenant-table': 'auth."Org"',
    'tenant-column': 'orgId',
    'tenant-schema': 'org_{id}',
    'tenant-rule': 'public."AuditLog": shared\nJob: column "owner"\n',
  })
  expect(checkTenantInputs(values)).toEqual([])
  expect(tenantRulesOf(values)).toEqual({
    table: { schema: 'auth', table: 'Org' },
    column: 'orgId',
    schema: 'org_{id}',
    rules: [
      { schema: 'public', table: 'AuditLog', says: { kind: 'shared' } },
      { schema: 'public', table: 'Job', says: { kind: 'column', column: 'owner' } },
    ],
  })
})

test('all invalid inputs are reported at once', () => {
  const values = given({ 'tenant-table': 'a.b.c', 'tenant-schema': 'org', 'tenant-rule': ['Job: mine', 'Job: shared'] })
  expect(checkTenantInputs(values)).toEqual([
    expect.stringContaining('--tenant-table: "a.b.c" is not a name'),
    '--tenant-schema must contain {id} exactly once, such as tenant_{id}',
    expect.stringContaining('--tenant-rule: "Job: mine" is not a rule'),
  ])
})

test('two rules for the same table are refused', () => {
  expect(checkTenantInputs(given({ 'tenant-rule': ['Job: shared', 'public."Job": ignored'] }))).toEqual([
    '--tenant-rule: more than one rule for public.Job',
  ])
})
