// The sizes of parts: small where they can be, and 10,000 are always enough.
import { expect, test } from 'vitest'
import { firstPartSize, mostParts, partSize } from '../../../src/stores/s3/parts.ts'

const MiB = 1024 ** 2
const TB = 1e12

function sizes(estimate?: number): number[] {
  const first = firstPartSize(estimate)
  return Array.from({ length: mostParts }, (_, index) => partSize(first, index + 1))
}
const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)

test.each([undefined, 0, 1e9, 5e9, 55e9])('an estimate of %s needs parts of 8 MiB only', (estimate) => {
  expect(firstPartSize(estimate)).toBe(8 * MiB)
})

test.each([undefined, 1, 100e9, 1 * TB, 5 * TB])(
  'with an estimate of %s, 5 TiB fit, no part shrinks or passes 5 GiB',
  (estimate) => {
    const all = sizes(estimate)
    expect(sum(all)).toBeGreaterThanOrEqual(5 * 1024 ** 4)
    expect(Math.max(...all)).toBeLessThanOrEqual(5 * 1024 * MiB)
    expect(all.every((size, index) => index === 0 || size >= (all[index - 1] ?? 0))).toBe(true)
  },
)

test.each([100e9, 1 * TB, 3 * TB])('an estimate of %d times 1.1 is written in parts of the first size', (estimate) => {
  let written = 0
  let part = 0
  const first = firstPartSize(estimate)
  while (written < estimate * 1.1) {
    part += 1
    written += partSize(first, part)
  }
  expect(partSize(first, part)).toBe(first)
})
