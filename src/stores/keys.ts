// Keys of stored objects: validation and sort order.
import { Failure } from '../domain/failures/failure.ts'

/**
 * Names of unfinished files of the directory store; no segment of a key may match. Groups: the file, the random part.
 */
export const partFile = /^\.(.+)\.([0-9a-f]{12})\.part$/

/** Longest segment in bytes that still leaves room for the name of its temporary file. */
const longestSegment = 230
const longestKey = 900

/**
 * Splits a key into segments. Throws a failure of kind bug for a key that would leave its store or that some store
 * cannot store.
 */
export function keySegments(key: string): string[] {
  const segments = key.split('/')
  if (!segments.every(isSafeSegment) || Buffer.byteLength(key) > longestKey) throw unsafe('key', key)
  return segments
}

/**
 * Throws a failure of kind bug for a prefix that would leave the store. The last segment may be empty or unfinished:
 * `app/`, `app/2026`.
 */
export function checkPrefix(prefix: string): void {
  const segments = prefix.split('/')
  const last = segments.pop() ?? ''
  if (!segments.every(isSafeSegment) || !(last === '' || isPlainSegment(last))) throw unsafe('prefix', prefix)
}

function isSafeSegment(segment: string): boolean {
  return (
    isPlainSegment(segment) &&
    segment.isWellFormed() &&
    Buffer.byteLength(segment) <= longestSegment &&
    !partFile.test(segment)
  )
}

function isPlainSegment(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..' && !segment.includes('\\') && !segment.includes('\0')
}

function unsafe(what: string, text: string): Failure {
  return new Failure('internal/bug', `${JSON.stringify(text.slice(0, 200))} is not a safe ${what} of a store`, {
    hint: 'Keys are relative paths with forward slashes, without empty segments, "..", backslashes or NUL.',
  })
}

/** Compares keys by their UTF-8 bytes, the order in which every store lists. */
export function compareKeys(a: string, b: string): number {
  if (surrogate.test(a) || surrogate.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : a > b ? 1 : 0
}

const surrogate = /[\ud800-\udfff]/
