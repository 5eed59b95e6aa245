// Keys of stored objects: which texts are safe, and the order they are listed in.
import { Failure } from '../domain/failures/failure.ts'

/**
 * How unfinished files of the directory store are named; no key may look like one. Groups: the file, the random part.
 */
export const partFile = /^\.(.+)\.([0-9a-f]{12})\.part$/

/** Longest segment in bytes that still leaves room for the name of its temporary file. */
const longestSegment = 230
const longestKey = 900

/**
 * The key's segments. Throws a failure of kind bug for a key that would escape its store or could not be kept in every
 * store.
 */
export function keySegments(key: string): string[] {
  const segments = key.split('/')
  if (!segments.every(isSafeSegment) || Buffer.byteLength(key) > longestKey) throw unsafe('key', key)
  return segments
}

/**
 * Throws a failure of kind bug for a prefix that would escape. The last segment may be empty or unfinished: `app/`,
 * `app/2026`.
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

/** Compares keys by their UTF-8 bytes, the order every store lists in. */
export function compareKeys(a: string, b: string): number {
  if (surrogate.test(a) || surrogate.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : a > b ? 1 : 0
}

const surrogate = /[\ud800-\udfff]/
