// Parses serialized values: finds the end of each, and counts its elements.
import { damaged, unreadable } from './faults.ts'
import { type PackedKind, packed } from './packed.ts'
import type { Resumable, Window } from './window.ts'

/** Reads a value; returns its number of elements. */
type ReadValue = (window: Window) => Resumable<number>

/** Readers by type byte. `onModule` receives the 64-bit type ID of each module value. */
export function valueReaders(
  product: 'redis' | 'valkey',
  version: number,
  onModule: (id: bigint) => void,
): ReadonlyMap<number, ReadValue> {
  return new Map<number, ReadValue>([
    [0, readString],
    [1, collection(1)],
    [2, collection(1)],
    [3, readOldZset],
    [4, collection(2)],
    [5, collection(1, 8)],
    [7, readModule(onModule)],
    [9, (window) => packed(window, 'zipmap')],
    [10, (window) => packed(window, 'ziplist')],
    [11, (window) => packed(window, 'intset')],
    [12, packedIn('ziplist', 2)],
    [13, packedIn('ziplist', 2)],
    [14, readQuicklist],
    [15, (window) => readStream(window, 1)],
    [16, packedIn('listpack', 2)],
    [17, packedIn('listpack', 2)],
    [18, readQuicklist2],
    [19, (window) => readStream(window, 2)],
    [20, (window) => packed(window, 'listpack')],
    [21, (window) => readStream(window, 3)],
    ...(product === 'redis' && version >= 13 ? [[26, (window: Window) => readStream(window, 4)] as const] : []),
    ...(product === 'redis' && version >= 14 ? [[27, (window: Window) => readStream(window, 5)] as const] : []),
    ...(product === 'valkey' ? expiringOfValkey : version >= 12 ? expiringHashes : []),
  ])
}

const expiringOfValkey: readonly (readonly [number, ReadValue])[] = [[22, collection(2, 8)]]

/** Hashes with expiring fields, since Redis 7.4; two of the layouts are from its release candidates. */
const expiringHashes: readonly (readonly [number, ReadValue])[] = [
  [22, (window) => readExpiringHash(window, 0)],
  [23, packedIn('listpack', 3)],
  [24, (window) => readExpiringHash(window, 8)],
  [25, readExpiringListpack],
]

function* readString(window: Window): Resumable<number> {
  yield* window.skipString()
  return 1
}

/** Reads elements that consist of `strings` strings and `bytes` bytes after them. */
function collection(strings: number, bytes = 0): ReadValue {
  return function* read(window) {
    const elements = yield* window.number()
    for (let element = 0; element < elements; element++) {
      for (let string = 0; string < strings; string++) if (!window.trySkipString()) yield* window.skipString()
      if (bytes > 0) yield* window.skip(bytes)
    }
    return elements
  }
}

/** Each score is text after a length byte; lengths 253 to 255 mean NaN or infinity. */
function* readOldZset(window: Window): Resumable<number> {
  const elements = yield* window.number()
  for (let element = 0; element < elements; element++) {
    yield* window.skipString()
    const length = yield* window.byte()
    if (length < 253) yield* window.skip(length)
  }
  return elements
}

/** Reads a packed value with `entries` entries per element. */
function packedIn(kind: PackedKind, entries: number): ReadValue {
  return function* read(window) {
    const elements = (yield* packed(window, kind)) / entries
    if (!Number.isInteger(elements)) throw damaged(`a ${kind} with an incomplete element`, window.offset)
    return elements
  }
}

function* readQuicklist(window: Window): Resumable<number> {
  const nodes = yield* window.number()
  let elements = 0
  for (let node = 0; node < nodes; node++) elements += yield* packed(window, 'ziplist')
  return elements
}

function* readQuicklist2(window: Window): Resumable<number> {
  const nodes = yield* window.number()
  let elements = 0
  for (let node = 0; node < nodes; node++) {
    const container = yield* window.number()
    if (container === 2) elements += yield* packed(window, 'listpack')
    else if (container === 1) elements += yield* readString(window)
    else throw damaged('a list node with an unknown encoding', window.offset)
  }
  return elements
}

/** `least`: bytes of the earliest expiry, before the fields. */
function* readExpiringHash(window: Window, least: number): Resumable<number> {
  yield* window.skip(least)
  const fields = yield* window.number()
  for (let field = 0; field < fields; field++) {
    yield* window.number()
    yield* window.skipString()
    yield* window.skipString()
  }
  return fields
}

function* readExpiringListpack(window: Window): Resumable<number> {
  yield* window.skip(8)
  return yield* packedIn('listpack', 3)(window)
}

const streamId = 16

/**
 * Each layout extends the previous one: 2 (Redis 7.0) by counters of the stream and its groups, 3 (7.2) by a time of
 * each consumer, 4 (8.6) by idempotent producers, 5 (8.8) by entries that consumers returned.
 */
type StreamLayout = 1 | 2 | 3 | 4 | 5

function* readStream(window: Window, layout: StreamLayout): Resumable<number> {
  const nodes = yield* window.number()
  for (let node = 0; node < nodes; node++) {
    yield* window.skipString()
    yield* window.skipString()
  }
  const entries = yield* window.number()
  yield* window.numbers(layout === 1 ? 2 : 7)
  const groups = yield* window.number()
  for (let group = 0; group < groups; group++) yield* readGroup(window, layout)
  if (layout >= 4) yield* readProducers(window)
  return entries
}

function* readGroup(window: Window, layout: StreamLayout): Resumable {
  yield* window.skipString()
  yield* window.numbers(layout === 1 ? 2 : 3)
  const pending = yield* window.number()
  for (let entry = 0; entry < pending; entry++) {
    yield* window.skip(streamId + 8)
    yield* window.number()
  }
  const consumers = yield* window.number()
  for (let consumer = 0; consumer < consumers; consumer++) {
    yield* window.skipString()
    yield* window.skip(layout >= 3 ? 16 : 8)
    yield* skipIds(window)
  }
  if (layout >= 5) yield* skipIds(window)
}

function* skipIds(window: Window): Resumable {
  const ids = yield* window.number()
  yield* window.skip(ids * streamId)
}

/**
 * Skips idempotent producers: how long and how many marks are remembered; each producer with its marks and the entries
 * that they created; two counters.
 */
function* readProducers(window: Window): Resumable {
  yield* window.numbers(2)
  const producers = yield* window.number()
  for (let producer = 0; producer < producers; producer++) {
    yield* window.skipString()
    const marks = yield* window.number()
    for (let mark = 0; mark < marks; mark++) {
      yield* window.skipString()
      yield* window.numbers(2)
    }
  }
  yield* window.numbers(2)
}

/** Reads a module value. Each part states its kind, so the module is not needed. */
function readModule(onModule: (id: bigint) => void): ReadValue {
  return function* read(window) {
    onModule(yield* window.wideNumber())
    yield* readModuleParts(window)
    return 1
  }
}

export function* readModuleParts(window: Window): Resumable {
  for (;;) {
    const kind = yield* window.number()
    if (kind === 0) return
    if (kind === 1 || kind === 2) yield* window.number()
    else if (kind === 3) yield* window.skip(4)
    else if (kind === 4) yield* window.skip(8)
    else if (kind === 5) yield* window.skipString()
    else throw unreadable('a module value with an unknown part')
  }
}
