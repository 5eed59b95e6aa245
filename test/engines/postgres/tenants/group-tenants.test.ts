import { expect, test } from 'vitest'
import {
  groupTenants,
  packBytes,
  smallTenantBytes,
} from '../../../../src/engines/postgres/tenants/dump/group-tenants.ts'

const sizes = (tenants: number, perZip?: number, bytesOf: (tenant: number) => number = () => 100): number[] =>
  [...groupTenants(tenants, bytesOf, perZip)].map(({ length }) => length)

test('up to 1,000 tenants get a ZIP each, and small ones share ZIPs if there are more', () => {
  expect(new Set(sizes(1000))).toEqual(new Set([1]))
  expect(sizes(1001)).toEqual([1000, 1])
  expect(sizes(2500)).toEqual([1000, 1000, 500])
})

test('the number of tenants per ZIP can be chosen', () => {
  expect(sizes(7, 3)).toEqual([3, 3, 1])
  expect(new Set(sizes(2500, 1))).toEqual(new Set([1]))
})

test('a tenant with many rows has its own ZIP, and all tenants are in one group', () => {
  const groups = [...groupTenants(6, (tenant) => (tenant === 2 ? smallTenantBytes + 1 : smallTenantBytes), 10)]
  expect(groups).toEqual([[2], [0, 1, 3, 4, 5]])
})

test('the bytes of a ZIP are limited', () => {
  const most = packBytes / smallTenantBytes
  expect(sizes(2 * most + 1, 10_000, () => smallTenantBytes)).toEqual([most, most, 1])
})
