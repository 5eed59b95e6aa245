// Decodes small serialized values that describe other keys: hashes, strings, and job IDs in lists and sorted sets.
import { Failure } from '../../../domain/failures/failure.ts'
import { unpackLzf } from './lzf.ts'
import { lengthOfBackLength, ziplistIntegers } from './packed.ts'
import { unpackText } from './text.ts'
import { lzf, plain, Window } from './window.ts'

/**
 * Entries per element by type byte, for the hashes that can be read here. Types of release candidates and zipmaps
 * (before Redis 2.6) cannot.
 */
const entriesOf: ReadonlyMap<number, number> = new Map([
  [4, 2],
  [13, 2],
  [16, 2],
  [22, 2],
  [24, 2],
  [25, 3],
])

/** Values by field; undefined if the value cannot be read as a hash of this type. */
export function hashFields(code: number, value: Uint8Array): Map<string, string> | undefined {
  const entries = entriesOf.get(code)
  const window = new Window()
  window.push(value)
  try {
    if (entries === undefined) return undefined
    if (code === 4 || code === 22 || code === 24) return spreadFields(window, code)
    if (code === 25) window.at += 8
    const text = readString(window)
    const strings = code === 13 ? ziplistStrings(text) : listpackStrings(text)
    const fields = new Map<string, string>()
    for (let at = 0; at + 1 < strings.length; at += entries)
      fields.set(strings[at] as string, strings[at + 1] as string)
    return fields
  } catch {
    return undefined
  }
}

/** The text of a string; undefined if the value is not a readable string. */
export function stringValue(code: number, value: Uint8Array): string | undefined {
  if (code !== 0) return undefined
  const window = new Window()
  window.push(value)
  try {
    return readString(window).toString()
  } catch {
    return undefined
  }
}

/**
 * Yields the elements of a list or the members of a sorted set. Yields none for another type, and ends early if the
 * value is damaged.
 */
export function* elementsOf(code: number, value: Uint8Array): Generator<string> {
  const window = new Window()
  window.push(value)
  try {
    if (code === 12) yield* everySecond(ziplistStrings(readString(window)))
    else if (code === 17) yield* everySecond(listpackStrings(readString(window)))
    else if (code === 5) yield* nodes(window, () => [readString(window).toString()], 8)
    else if (code === 14) yield* nodes(window, () => ziplistStrings(readString(window)))
    else if (code === 18) yield* nodes(window, () => quicklistNode(window))
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof Failure)) throw error
  }
}

function* nodes(window: Window, read: () => string[], bytesAfter = 0): Generator<string> {
  window.tryLength()
  const count = window.length
  for (let node = 0; node < count; node++) {
    yield* read()
    window.at += bytesAfter
  }
}

function quicklistNode(window: Window): string[] {
  window.tryLength()
  const isPlain = window.length === 1
  const text = readString(window)
  return isPlain ? [text.toString()] : listpackStrings(text)
}

/** The members of pairs of member and score. */
function everySecond(strings: readonly string[]): string[] {
  return strings.filter((_, at) => at % 2 === 0)
}

function spreadFields(window: Window, code: number): Map<string, string> {
  const fields = new Map<string, string>()
  if (code === 24) window.at += 8
  window.tryLength()
  const count = window.length
  for (let field = 0; field < count && window.at < window.end; field++) {
    if (code === 24) window.tryLength()
    fields.set(readString(window).toString(), readString(window).toString())
    if (code === 22) window.at += 8
  }
  return fields
}

function readString(window: Window): Buffer {
  if (!window.tryString() || window.size > window.end - window.at) throw new RangeError('a string is truncated')
  const { bytes, at, size, encoding, unpacked } = window
  window.at += size
  const body = Buffer.from(bytes.buffer, bytes.byteOffset + at, size)
  if (encoding === plain) return body
  if (encoding !== lzf) return unpackText(body, encoding, unpacked)
  const text = Buffer.alloc(Math.min(unpacked, 1024 * 1024))
  unpackLzf(body, 0, size, text)
  return text
}

function listpackStrings(bytes: Buffer): string[] {
  const strings: string[] = []
  for (let at = 6; bytes[at] !== 0xff; ) {
    const [head, size, text] = listpackEntry(bytes, at)
    strings.push(text)
    at += head + size + lengthOfBackLength(head + size)
  }
  return strings
}

type Entry = readonly [head: number, size: number, text: string]

function listpackEntry(bytes: Buffer, at: number): Entry {
  const first = bytes.readUInt8(at)
  if (first < 0x80) return [1, 0, String(first)]
  if (first < 0xc0) return textAt(bytes, at, 1, first & 0x3f)
  if (first < 0xe0) return [1, 1, String(((((first & 0x1f) << 8) | bytes.readUInt8(at + 1)) << 19) >> 19)]
  if (first < 0xf0) return textAt(bytes, at, 2, bytes.readUInt16BE(at) & 0xfff)
  if (first === 0xf0) return textAt(bytes, at, 5, bytes.readUInt32LE(at + 1))
  const size = first === 0xf4 ? 8 : first - 0xef
  return [1, size, integer(bytes, at + 1, size)]
}

function textAt(bytes: Buffer, at: number, head: number, size: number): Entry {
  if (at + head + size > bytes.length) throw new RangeError('an entry is truncated')
  return [head, size, bytes.toString('utf8', at + head, at + head + size)]
}

function integer(bytes: Buffer, at: number, size: number): string {
  return String(size === 8 ? bytes.readBigInt64LE(at) : bytes.readIntLE(at, size))
}

function ziplistStrings(bytes: Buffer): string[] {
  const strings: string[] = []
  for (let at = 10; bytes[at] !== 0xff; ) {
    at += bytes[at] === 0xfe ? 5 : 1
    const [head, size, text] = ziplistEntry(bytes, at)
    strings.push(text)
    at += head + size
  }
  return strings
}

function ziplistEntry(bytes: Buffer, at: number): Entry {
  const first = bytes.readUInt8(at)
  if (first < 0x40) return textAt(bytes, at, 1, first)
  if (first < 0x80) return textAt(bytes, at, 2, bytes.readUInt16BE(at) & 0x3fff)
  if (first < 0xc0) return textAt(bytes, at, 5, bytes.readUInt32BE(at + 1))
  if (first > 0xf0 && first < 0xfe) return [1, 0, String((first & 0xf) - 1)]
  const size = ziplistIntegers[first]
  if (size === undefined) throw new RangeError('an entry with an unknown encoding')
  return [1, size, integer(bytes, at + 1, size)]
}
