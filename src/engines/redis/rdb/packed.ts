// Counts the entries of collections that Redis stores in one string, mostly from the first bytes.
import { damaged } from './faults.ts'
import { unpackLzf } from './lzf.ts'
import { lzf, plain, type Resumable, Window } from './window.ts'

export type PackedKind = 'listpack' | 'ziplist' | 'intset' | 'zipmap'

interface Layout {
  /** Bytes of the header, without the end mark. */
  readonly header: number
  /**
   * Entries (of a zipmap: pairs) according to the header; `unknown` if it does not contain them; -1 if `total` does not
   * match.
   */
  count(head: Uint8Array, at: number, total: number): number
  /** Counts the entries by reading all of them. */
  walk(bytes: Window): Resumable<number>
}

const unknown = -2
/** Bytes of LZF that suffice for any header: every two bytes expand to at least one. */
const lookAhead = 24

const layouts: Readonly<Record<PackedKind, Layout>> = {
  listpack: {
    header: 6,
    count: (head, at, total) => (little(head, at, 4) !== total ? -1 : sixteen(head, at + 4)),
    walk: walkListpack,
  },
  ziplist: {
    header: 10,
    count: (head, at, total) => (little(head, at, 4) !== total ? -1 : sixteen(head, at + 8)),
    walk: walkZiplist,
  },
  intset: {
    header: 8,
    count: (head, at, total) => {
      const entries = little(head, at + 4, 4)
      return 8 + entries * little(head, at, 4) === total ? entries : -1
    },
    walk: walkNothing,
  },
  zipmap: {
    header: 1,
    count: (head, at) => ((head[at] as number) < 254 ? (head[at] as number) : unknown),
    walk: walkZipmap,
  },
}

function little(bytes: Uint8Array, at: number, size: number): number {
  let number = 0
  for (let index = at + size - 1; index >= at; index--) number = number * 256 + (bytes[index] as number)
  return number
}

/** Reads a 16-bit count; all bits are set if the count does not fit. */
function sixteen(bytes: Uint8Array, at: number): number {
  const count = little(bytes, at, 2)
  return count === 0xffff ? unknown : count
}

const head = new Uint8Array(10)

/** Reads a packed string; returns its number of entries. */
export function* packed(window: Window, kind: PackedKind): Resumable<number> {
  if (!window.tryString()) yield* window.string()
  const { size, encoding, unpacked } = window
  const ahead = Math.min(size, lookAhead)
  if (window.end - window.at < ahead) yield* window.need(ahead)
  const count = countAhead(window, kind, ahead)
  if (count === unknown) return yield* walkAll(window, layouts[kind].walk, size, encoding, unpacked)
  if (size <= window.end - window.at) window.at += size
  else yield* window.skip(size)
  return count
}

function countAhead({ bytes, at, encoding, unpacked, offset }: Window, kind: PackedKind, ahead: number): number {
  const { header, count } = layouts[kind]
  let entries = -1
  if (encoding === plain) entries = ahead < header ? -1 : count(bytes, at, unpacked)
  else if (encoding === lzf && unpackLzf(bytes, at, at + ahead, head) >= header) entries = count(head, 0, unpacked)
  if (entries === -1) throw damaged(`a ${kind} with an invalid header`, offset)
  return entries
}

/** Counts the entries of a packed string with no count in its header. Needs only 12 KB of memory. */
function* walkAll(
  window: Window,
  walk: Layout['walk'],
  size: number,
  encoding: number,
  unpacked: number,
): Resumable<number> {
  const inner = new Window()
  const walker = walk(inner)
  let entries = -1
  function feed(piece: Uint8Array): void {
    if (entries >= 0) throw damaged('bytes after the end of a packed collection', window.offset)
    inner.push(piece)
    const { done, value } = walker.next()
    if (done) entries = value
    if (done && inner.at < inner.end) throw damaged('bytes after the end of a packed collection', window.offset)
    inner.release()
  }
  if (encoding === lzf) yield* unpackAll(window, size, unpacked, feed)
  else yield* feedAll(window, size, feed)
  if (entries < 0) throw damaged('a packed collection without an end', window.offset)
  return entries
}

function* feedAll(window: Window, size: number, feed: (piece: Uint8Array) => void): Resumable {
  let left = size
  while (left > 0) {
    if (window.end === window.at) yield
    const now = Math.min(left, window.end - window.at)
    feed(window.bytes.subarray(window.at, window.at + now))
    window.at += now
    left -= now
  }
}

const reach = 8192

/** Decompresses LZF as a stream: `out` contains the last 8 KB and the bytes not yet passed to `feed`. */
function* unpackAll(window: Window, size: number, unpacked: number, feed: (piece: Uint8Array) => void): Resumable {
  const out = new Uint8Array(reach + 4096)
  let [fed, end, left, total] = [0, 0, size, 0]
  function hand(): void {
    if (end > fed) feed(out.subarray(fed, end))
    total += end - fed
    const kept = Math.min(end, reach)
    out.copyWithin(0, end - kept, end)
    fed = end = kept
  }
  while (left > 0) {
    const control = yield* window.byte()
    left--
    if (out.length - end < 300) hand()
    if (control < 0x20) {
      for (let copied = 0; copied <= control; copied++) out[end++] = yield* window.byte()
      left -= control + 1
      continue
    }
    let length = control >> 5
    if (length === 7) {
      length += yield* window.byte()
      left--
    }
    let back = end - ((control & 0x1f) << 8) - (yield* window.byte()) - 1
    left--
    if (back < 0) throw damaged('a compressed string with an invalid back reference', window.offset)
    for (let copied = 0; copied < length + 2; copied++) out[end++] = out[back++] as number
  }
  hand()
  if (left < 0 || total !== unpacked) throw damaged('a compressed string with a wrong length', window.offset)
}

// biome-ignore lint/correctness/useYield: there is nothing to wait for
function* walkNothing(): Resumable<number> {
  return 0
}

function* littleEndian(window: Window, size: number): Resumable<number> {
  yield* window.need(size)
  const number = little(window.bytes, window.at, size)
  window.at += size
  return number
}

/** Bytes of a listpack integer after its first byte, by first byte. */
const listpackIntegers: Readonly<Record<number, number>> = { 241: 2, 242: 3, 243: 4, 244: 8 }

function* walkListpack(window: Window): Resumable<number> {
  yield* window.skip(6)
  for (let entries = 0; ; entries++) {
    const first = yield* window.byte()
    if (first === 0xff) return entries
    let [extra, rest] = [0, 0]
    if (first < 0x80) rest = 0
    else if (first < 0xc0) rest = first & 0x3f
    else if (first < 0xe0) rest = 1
    else if (first < 0xf0) [extra, rest] = [1, ((first & 0xf) << 8) | (yield* window.byte())]
    else if (first === 0xf0) [extra, rest] = [4, yield* littleEndian(window, 4)]
    else rest = listpackIntegers[first] ?? -1
    if (rest < 0) throw damaged('a listpack entry with an unknown encoding')
    yield* window.skip(rest)
    yield* window.skip(lengthOfBackLength(1 + extra + rest))
  }
}

/** Each listpack entry is followed by its length, for backward traversal. Returns the bytes of that field. */
export function lengthOfBackLength(length: number): number {
  if (length <= 127) return 1
  if (length < 16383) return 2
  if (length < 2097151) return 3
  return length < 268435455 ? 4 : 5
}

export const ziplistIntegers: Readonly<Record<number, number>> = { 192: 2, 208: 4, 224: 8, 240: 3, 254: 1 }

function* walkZiplist(window: Window): Resumable<number> {
  yield* window.skip(10)
  for (let entries = 0; ; entries++) {
    const before = yield* window.byte()
    if (before === 0xff) return entries
    if (before === 0xfe) yield* window.skip(4)
    const first = yield* window.byte()
    if (first < 0x40) yield* window.skip(first)
    else if (first < 0x80) yield* window.skip(((first & 0x3f) << 8) | (yield* window.byte()))
    else if (first < 0xc0) {
      yield* window.need(4)
      const { bytes, at } = window
      window.at += 4
      yield* window.skip(new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0))
    } else if (first <= 0xf0 || first >= 0xfe) {
      const size = ziplistIntegers[first]
      if (size === undefined) throw damaged('a ziplist entry with an unknown encoding')
      yield* window.skip(size)
    }
  }
}

function* walkZipmap(window: Window): Resumable<number> {
  yield* window.skip(1)
  for (let entries = 0; ; entries++) {
    for (const part of ['field', 'value']) {
      const first = yield* window.byte()
      if (first === 0xff && part === 'field') return entries
      if (first === 0xff) throw damaged('a zipmap with a field without a value')
      const size = first === 0xfe ? yield* littleEndian(window, 4) : first
      yield* window.skip(part === 'value' ? size + (yield* window.byte()) : size)
    }
  }
}
