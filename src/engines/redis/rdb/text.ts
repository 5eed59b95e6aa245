// Strings that are needed as such: names of keys, auxiliary fields, libraries of functions.
import { damaged } from './faults.ts'
import { unpackLzf } from './lzf.ts'
import { lzf, plain, type Resumable, type Window } from './window.ts'

/**
 * More bytes than Redis takes in one string, unless its settings are changed; a little less than fits into a string
 * here.
 */
const most = 500 * 1024 * 1024

/** Throws where the string ahead is longer than a name or a text can be. */
export function requireShort({ size, unpacked, offset }: Window): void {
  if (size > most || unpacked > most) throw damaged('a name or text with an invalid length', offset)
}

/** As readText, where all of it is at hand and it is plain; else undefined, and nothing is read. */
export function tryText(window: Window): Buffer | undefined {
  const start = window.at
  if (window.tryString() && window.encoding === plain && window.size <= window.end - window.at)
    return window.copy(window.size)
  window.at = start
  return undefined
}

/** A string, unpacked, as a copy. Takes memory only for what has come. */
export function* readText(window: Window): Resumable<Buffer> {
  if (!window.tryString()) yield* window.string()
  const { size, encoding, unpacked } = window
  requireShort(window)
  const body = yield* window.take(size)
  if (encoding === plain) return body
  return unpackText(body, encoding, unpacked, window.offset)
}

/** The body of a string of this encoding, unpacked. */
export function unpackText(body: Buffer, encoding: number, unpacked: number, offset?: number): Buffer {
  if (encoding === plain) return body
  if (encoding !== lzf) return Buffer.from(String(body.readIntLE(0, body.length)))
  const text = Buffer.allocUnsafe(unpacked)
  if (unpackLzf(body, 0, body.length, text) !== unpacked)
    throw damaged('a compressed string that cannot be decompressed', offset)
  return text
}
