// Sizes of the parts of a multipart upload: memory stays small, and 10,000 parts always suffice.

const MiB = 1024 ** 2
/** S3's own limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const mostParts = 10_000
const largestPart = 5 * 1024 * MiB
const smallestPart = 8 * MiB

/**
 * Number of parts of the first size. Then the size doubles every `doublingParts`, which reaches 5 TiB from any first
 * size.
 */
const steadyParts = 7_500
const doublingParts = 140

/**
 * The size in bytes of the first parts: 8 MiB, or more if 10,000 parts would not hold one and a half times the
 * estimate.
 */
export function firstPartSize(estimate: number | undefined): number {
  const needed = Math.ceil(((estimate ?? 0) * 1.5) / mostParts / MiB) * MiB
  return Math.min(largestPart, Math.max(smallestPart, needed))
}

/**
 * The size in bytes of part `number` (from 1), given the first size. Never shrinks; 10,000 parts hold at least 5 TiB.
 */
export function partSize(first: number, number: number): number {
  if (number <= steadyParts) return first
  return Math.min(largestPart, first * 2 ** Math.ceil((number - steadyParts) / doublingParts))
}
