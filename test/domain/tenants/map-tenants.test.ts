import { expect, test } from 'vitest'
import { isOwned, nameOf } from '../../../src/domain/tenants/map.ts'
import { mapTenants } from '../../../src/domain/tenants/map-tenants.ts'
import { mapOf, rulesOf, shape, tableOf, whose } from './shapes.ts'

test('ownership is by primary key in the tenant table, and by the tenant column in other tables', () => {
  const map = mapOf([shape('Product', 'id tenantId')])
  expect(whose(map, 'Tenant')).toBe('tenant id')
  expect(whose(map, 'Product')).toBe('column tenantId')
  expect(map.tenants).toEqual({ schema: 'public', table: 'Tenant', column: 'id', type: 'text' })
})

test('a table without the tenant column is owned through its foreign keys, over any number of steps', () => {
  const map = mapOf([
    shape('Invoice', 'id tenantId'),
    shape('InvoiceLine', 'id invoiceId', 'invoiceId>Invoice'),
    shape('LineTax', 'id lineId', 'lineId>InvoiceLine'),
    shape('Domain', 'id owner', 'owner>Tenant'),
  ])
  expect(whose(map, 'InvoiceLine')).toBe('through InvoiceLine_invoiceId_fkey')
  expect(whose(map, 'LineTax')).toBe('through LineTax_lineId_fkey')
  expect(whose(map, 'Domain')).toBe('through Domain_owner_fkey')
})

test('all ownership paths are listed, the shortest first', () => {
  const map = mapOf([
    shape('Order', 'id tenantId'),
    shape('Box', 'id orderId', 'orderId>Order'),
    shape('Parcel', 'id boxId orderId', 'boxId>Box', 'orderId>Order'),
  ])
  expect(whose(map, 'Parcel')).toBe('through Parcel_orderId_fkey, Parcel_boxId_fkey')
})

test('a path with a nullable column is marked nullable, also for a composite foreign key', () => {
  const map = mapOf([
    shape('Part', 'id tenantId'),
    shape('Use', 'id a b? partId', 'a,b>Part(x,y)', 'partId>Part'),
    shape('Tree', 'id partId? parentId?', 'partId>Part', 'parentId>Tree'),
  ])
  const use = tableOf(map, 'Use').ownership
  expect(use.kind === 'paths' && use.paths.map(({ nullable }) => nullable)).toEqual([true, false])
  expect(whose(map, 'Tree')).toBe('through Tree_partId_fkey; self Tree_parentId_fkey')
})

test('a self-reference is omitted if another path is NOT NULL, and it is not a path on its own', () => {
  const map = mapOf([
    shape('Post', 'id tenantId'),
    shape('Comment', 'id postId parentId?', 'postId>Post', 'parentId>Comment'),
    shape('Region', 'id parentId?', 'parentId>Region'),
  ])
  expect(whose(map, 'Comment')).toBe('through Comment_postId_fkey')
  expect(whose(map, 'Region')).toBe('unreached')
})

test('paths never form a cycle, regardless of the order of tables', () => {
  const tables = [
    shape('A', 'id ownerId? bId', 'ownerId>Tenant', 'bId>B'),
    shape('B', 'id aId', 'aId>A'),
    shape('C', 'id ownerId? dId?', 'ownerId>Tenant', 'dId>D'),
    shape('D', 'id ownerId? cId?', 'ownerId>Tenant', 'cId>C'),
  ]
  for (const order of [tables, tables.toReversed()]) {
    const map = mapOf(order)
    expect(whose(map, 'A')).toBe('through A_ownerId_fkey')
    expect(whose(map, 'B')).toBe('through B_aId_fkey')
    expect(whose(map, 'C')).toBe('through C_ownerId_fkey')
    expect(whose(map, 'D')).toBe('through D_ownerId_fkey, D_cId_fkey')
  }
})

test('a foreign key to a more distant table is also a path if it closes no cycle', () => {
  const map = mapOf([
    shape('Order', 'id tenantId'),
    shape('Box', 'id orderId', 'orderId>Order'),
    shape('Seal', 'id boxId', 'boxId>Box'),
    shape('Truck', 'id ownerId? sealId?', 'ownerId>Tenant', 'sealId>Seal'),
  ])
  expect(whose(map, 'Truck')).toBe('through Truck_ownerId_fkey, Truck_sealId_fkey')
})

test('tables that tenant rows reference are shared, also indirectly, and other tables are unreached', () => {
  const map = mapOf([
    shape('Product', 'id tenantId countryId', 'countryId>Country'),
    shape('Country', 'id currencyId', 'currencyId>Currency'),
    shape('Currency', 'id'),
    shape('CountryName', 'id countryId', 'countryId>Country'),
    shape('Migration', 'id'),
  ])
  expect(whose(map, 'Country')).toBe('shared')
  expect(whose(map, 'Currency')).toBe('shared')
  expect(whose(map, 'CountryName')).toBe('unreached')
  expect(whose(map, 'Migration')).toBe('unreached')
  expect(isOwned(tableOf(map, 'Country'))).toBe(false)
})

test('rules declare tables shared or ignored, or select another column or one of several paths', () => {
  const map = mapOf(
    [
      shape('Template', 'id tenantId? fontId', 'fontId>Font'),
      shape('Font', 'id'),
      shape('Cache', 'id tenantId'),
      shape('CacheEntry', 'id cacheId', 'cacheId>Cache'),
      shape('AuditLog', 'id orgId'),
      shape('AuditDetail', 'id logId', 'logId>AuditLog'),
      shape('User', 'id tenantId'),
      shape('Visit', 'id fromId toId tenantId', 'fromId>User', 'toId>User'),
    ],
    rulesOf(
      'Template: shared',
      'public."Cache": ignored',
      '"AuditLog": column "orgId"',
      'public.Visit: through "Visit_toId_fkey"',
    ),
  )
  expect(whose(map, 'Template')).toBe('shared')
  expect(whose(map, 'Font')).toBe('shared')
  expect(whose(map, 'Cache')).toBe('ignored')
  expect(whose(map, 'CacheEntry')).toBe('unreached')
  expect(whose(map, 'AuditLog')).toBe('column orgId')
  expect(whose(map, 'AuditDetail')).toBe('through AuditDetail_logId_fkey')
  expect(whose(map, 'Visit')).toBe('through Visit_toId_fkey')
})

test('a rule for one path keeps all self-references, and a rule for a self-reference keeps all paths', () => {
  const note = shape(
    'Note',
    'id postId? pageId? parentId? copyOf?',
    'postId>Post',
    'pageId>Post',
    'parentId>Note',
    'copyOf>Note',
  )
  const tables = [shape('Post', 'id tenantId'), note]
  expect(whose(mapOf(tables, rulesOf('Note: through Note_pageId_fkey')), 'Note')).toBe(
    'through Note_pageId_fkey; self Note_parentId_fkey, Note_copyOf_fkey',
  )
  expect(whose(mapOf(tables, rulesOf('Note: through Note_parentId_fkey')), 'Note')).toBe(
    'through Note_postId_fkey, Note_pageId_fkey; self Note_parentId_fkey',
  )
})

test.each([
  ['Nothing: shared', 'public.Nothing'],
  ['Product: column orgId', 'no column "orgId"'],
  ['Product: through x', '(it has: Product_kindId_fkey)'],
  ['Tenant: ignored', 'public.Tenant'],
])('the rule %j is refused with an error that names %s', (rule, named) => {
  expect(() => mapOf([shape('Product', 'id kindId', 'kindId>Kind'), shape('Kind', 'id')], rulesOf(rule))).toThrow(
    expect.objectContaining({ code: 'tenant/invalid-rule', message: expect.stringContaining(named) }),
  )
})

test.each(['tenants', 'TENANT', 'auth.Tenants'])(
  'without the configured tenant table, the hint suggests the table %j',
  (name) => {
    const tables = [shape(name, 'id'), shape('Other', 'id')]
    expect(() => mapTenants(tables, rulesOf())).toThrow(
      expect.objectContaining({
        code: 'tenant/no-tenant-table',
        hint: expect.stringContaining(name.includes('.') ? name : `public.${name}`),
      }),
    )
  },
)

test('a tenant table without a single-column primary key is refused', () => {
  expect(() => mapTenants([{ ...shape('Tenant', 'a b'), primaryKey: ['a', 'b'] }], rulesOf())).toThrow(
    expect.objectContaining({ code: 'tenant/no-key' }),
  )
  expect(() => mapTenants([{ ...shape('Tenant', 'a b'), primaryKey: [] }], rulesOf())).toThrow(
    expect.objectContaining({ code: 'tenant/no-key' }),
  )
})

test('a table in a tenant schema is owned unless a rule ignores it, and tables it references are shared', () => {
  const tables = [
    shape('tenant_7.Order', 'id countryId', 'countryId>Country'),
    shape('tenant_7.Cache', 'id'),
    shape('tenant_acme.Order', 'id countryId', 'countryId>Country'),
    shape('Country', 'id'),
    shape('Member', 'id org'),
    shape('MemberNote', 'id memberId', 'memberId>Member'),
    shape('Job', 'id'),
  ]
  const rules = { ...rulesOf('tenant_7.Cache: ignored', 'Member: column org'), schema: 'tenant_{id}' }
  const map = mapTenants(tables, rules)
  expect(map.tenants).toBeUndefined()
  expect(whose(map, 'tenant_7.Order')).toBe('schema of 7')
  expect(whose(map, 'tenant_acme.Order')).toBe('schema of acme')
  expect(whose(map, 'tenant_7.Cache')).toBe('ignored')
  expect(whose(map, 'Country')).toBe('shared')
  expect(whose(map, 'Member')).toBe('column org')
  expect(whose(map, 'MemberNote')).toBe('through MemberNote_memberId_fkey')
  expect(whose(map, 'Job')).toBe('unreached')
})

test('a partitioned table is mapped like any other table', () => {
  const map = mapOf([
    { ...shape('Event', 'id at tenantId'), partitioned: true },
    shape('EventNote', 'id eventId', 'eventId>Event'),
  ])
  expect(whose(map, 'Event')).toBe('column tenantId')
  expect(whose(map, 'EventNote')).toBe('through EventNote_eventId_fkey')
})

test('names with dots are not confused with each other', () => {
  const map = mapOf([shape('"a.b".c', 'id tenantId'), shape('a."b.c"', 'id')])
  expect(whose(map, '"a.b".c')).toBe('column tenantId')
  expect(whose(map, 'a."b.c"')).toBe('unreached')
})

test('tables are in import order, and the tables of a cycle have the same group number', () => {
  const map = mapOf([
    shape('A', 'id tenantId bId?', 'tenantId>Tenant', 'bId>B'),
    shape('B', 'id tenantId aId', 'aId>A'),
    shape('Leaf', 'id aId', 'aId>A'),
  ])
  expect(map.tables.map(nameOf)).toEqual(['public.Tenant', 'public.A', 'public.B', 'public.Leaf'])
  expect(tableOf(map, 'A').group).toBe(tableOf(map, 'B').group)
  expect(tableOf(map, 'Leaf').group).toBeGreaterThan(tableOf(map, 'A').group)
})

test('a chain of 3,000 tables with two more foreign keys each is mapped', () => {
  const tables = Array.from({ length: 3000 }, (_, at) =>
    shape(
      `T${at}`,
      'id a? b? c?',
      at === 0 ? 'a>Tenant' : `a>T${at - 1}`,
      `b>T${Math.floor(at / 2)}`,
      `c>T${(at * 7919) % 3000}`,
    ),
  )
  const map = mapOf(tables)
  expect(map.tables.every(isOwned)).toBe(true)
})
