import fc from 'fast-check'
import { expect, test } from 'vitest'
import { importOrder } from '../../../src/domain/tenants/import-order.ts'
import { nameOf } from '../../../src/domain/tenants/map.ts'
import { shape } from './shapes.ts'

test('a chain of 10,000 tables is ordered with referenced tables first', () => {
  const count = 10_000
  const tables = Array.from({ length: count }, (_, at) =>
    shape(`T${at}`, 'id', ...(at + 1 < count ? [`id>T${at + 1}`] : [])),
  )
  const groups = importOrder(tables)
  expect(groups.get('public.T9999')).toBe(0)
  expect(groups.get('public.T0')).toBe(9999)
})

test('a cycle of 10,000 tables is one group', () => {
  const count = 10_000
  const tables = Array.from({ length: count }, (_, at) => shape(`T${at}`, 'id', `id>T${(at + 1) % count}`))
  expect(new Set(importOrder(tables).values()).size).toBe(1)
})

test('a foreign key to the table itself or to a missing table does not affect the order', () => {
  const groups = importOrder([shape('A', 'id', 'id>A', 'id>Gone'), shape('B', 'id', 'id>A')])
  expect(groups.get('public.B')).toBeGreaterThan(groups.get('public.A') ?? -1)
})

const graphs = fc.integer({ min: 1, max: 12 }).chain((count) =>
  fc.tuple(
    fc.constant(count),
    fc.uniqueArray(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), {
      maxLength: 30,
      selector: ([a, b]) => `${a}>${b}`,
    }),
  ),
)

test('in any graph, no group refers to a later one, and only mutually reachable tables share a group', () => {
  fc.assert(
    fc.property(graphs, ([count, edges]) => {
      const tables = Array.from({ length: count }, (_, at) =>
        shape(`T${at}`, 'id', ...edges.filter(([from]) => from === at).map(([, to]) => `id>T${to}`)),
      )
      const groups = importOrder(tables)
      const group = (at: number): number => groups.get(`public.T${at}`) ?? -1
      expect(groups.size).toBe(count)
      const reach = Array.from({ length: count }, (_, a) => Array.from({ length: count }, (_, b) => a === b))
      for (const [from, to] of edges) (reach[from] ?? [])[to] = true
      for (let via = 0; via < count; via += 1)
        for (let a = 0; a < count; a += 1)
          for (let b = 0; b < count; b += 1) if (reach[a]?.[via] && reach[via]?.[b]) (reach[a] ?? [])[b] = true
      for (let a = 0; a < count; a += 1) {
        for (let b = 0; b < count; b += 1) {
          if (reach[a]?.[b]) expect(group(b)).toBeLessThanOrEqual(group(a))
          expect(group(a) === group(b)).toBe(Boolean(reach[a]?.[b] && reach[b]?.[a]))
        }
      }
      expect(importOrder(tables.toReversed())).toEqual(groups)
      expect(tables.map(nameOf).every((name) => groups.has(name))).toBe(true)
    }),
  )
})
