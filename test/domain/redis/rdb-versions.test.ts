import { describe, expect, test } from 'vitest'
import { canRestoreTo, isAtLeast, readersOf, readsRdb } from '../../../src/domain/redis/rdb-versions.ts'

describe('RDB versions that a server can read', () => {
  test.each([
    ['redis', '6.2.14', 9, true],
    ['redis', '6.2.14', 10, false],
    ['redis', '7.0.15', 10, true],
    ['redis', '7.0.15', 11, false],
    ['redis', '8.4.0', 12, true],
    ['redis', '8.4.0', 13, false],
    ['redis', '8.10.0', 15, true],
    ['redis', '8.10.0', 80, false],
    ['valkey', '8.1.0', 11, true],
    ['valkey', '8.1.0', 80, false],
    ['valkey', '9.0.0', 80, true],
    ['valkey', '9.0.0', 12, false],
    ['valkey', '9.1.2', 81, false],
    ['valkey', '9.2.0', 81, true],
  ] as const)('%s %s reads RDB version %i: %s', (product, version, rdb, reads) => {
    expect(readsRdb({ product, version }, rdb)).toBe(reads)
  })

  test('releases newer than the known ones are assumed to read newer RDB versions', () => {
    expect(readsRdb({ product: 'redis', version: '9.2.0' }, 16)).toBe(true)
    expect(readsRdb({ product: 'redis', version: '8.10.0' }, 16)).toBe(false)
    expect(readsRdb({ product: 'valkey', version: '10.0.0' }, 82)).toBe(true)
    expect(readsRdb({ product: 'valkey', version: '9.2.1' }, 82)).toBe(false)
  })
})

test.each([
  ['redis 7.0.15', 'redis 7.0.11', true],
  ['redis 8.4.1', 'redis 8.0.2', true],
  ['redis 8.6.3', 'redis 8.4.1', false],
  ['redis 7.2.4', 'valkey 8.1.1', true],
  ['valkey 8.1.1', 'redis 7.2.4', true],
  ['valkey 8.1.1', 'redis 7.0.15', false],
  ['valkey 9.1.2', 'valkey 9.0.3', true],
  ['valkey 9.1.2', 'valkey 8.1.1', false],
  ['valkey 9.1.2', 'redis 7.2.4', false],
  ['redis 9.4.1', 'redis 9.4.0', true],
  ['redis 9.4.1', 'redis 9.2.0', false],
  ['redis ', 'redis ', true],
  ['redis ', 'redis 7.0.15', false],
] as const)('a backup of %s can be restored to %s: %s', (from, to, can) => {
  const [source, target] = [from, to].map((text) => {
    const [product, version = ''] = text.split(' ')
    return { product: product as 'redis' | 'valkey', version }
  })
  expect(source && target && canRestoreTo(source, target)).toBe(can)
})

test('the text on compatible servers names Redis and Valkey if both can read the RDB version', () => {
  expect(readersOf(10)).toBe('Redis 7.0 or newer, or Valkey')
  expect(readersOf(12)).toBe('Redis 7.4 or newer')
  expect(readersOf(80)).toBe('Valkey 9.0 or newer')
  expect(readersOf(81)).toBe('Valkey 9.2 or newer')
  expect([readersOf(16), readersOf(82)]).toEqual(['a newer release of Redis', 'a newer release of Valkey'])
})

test('the parts of a version are compared as numbers', () => {
  expect(isAtLeast('8.10.0', '8.6')).toBe(true)
  expect(isAtLeast('8.6.0', '8.10')).toBe(false)
  expect(isAtLeast('7.0', '7.0')).toBe(true)
  expect(isAtLeast('8.0-rc1', '8.0')).toBe(true)
})
