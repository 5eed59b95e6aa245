// Reads strings that must be decoded: key names, auxiliary fields, function libraries.
import { damaged } from './faults.ts'
import { unpackLzf } from './lzf.ts'
import { lzf, plain, type Resumable, type Window } from './window.ts'

/**
 * Bytes; slightly less than the default limit of Redis for one string (512 MiB) and than the maximum of a JavaScript
 * string.
 */
const most = 500 * 1024 * 1024

/** Throws if the next string is longer than a name or text can be. */
export function requireShort({ size, unpacked, offset }: Window): void {
  if (size > most || unpacked > most) throw damaged('a name or text with an invalid length', offset)
}

/**
 * As `readText`, if the whole string is in the window and has encoding `plain`; otherwise returns undefined and
 * consumes nothing.
 */
export function tryText(window: Window): Buffer | undefined {
  const start = window.at
  if (window.tryString() && window.encoding === plain && window.size <= window.end - window.at)
    return window.copy(window.size)
  window.at = start
  return undefined
}

/** Reads a string and returns it decompressed, as a copy. Allocates memory for the body only as its bytes arrive. */
export function* readText(window: Window): Resumable<Buffer> {
  if (!window.tryString()) yield* window.string()
  const { size, encoding, unpacked } = window
  requireShort(window)
  const body = yield* window.take(size)
  if (encoding === plain) return body
  return unpackText(body, encoding, unpacked, window.offset)
}

/** Decodes the body of a string with this encoding. */
export function unpackText(body: Buffer, encoding: number, unpacked: number, offset?: number): Buffer {
  if (encoding === plain) return body
  if (encoding !== lzf) return Buffer.from(String(body.readIntLE(0, body.length)))
  const text = Buffer.allocUnsafe(unpacked)
  if (unpackLzf(body, 0, body.length, text) !== unpacked)
    throw damaged('a compressed string that cannot be decompressed', offset)
  return text
}
