// Parses the sections of an RDB: a header, opcodes and keys with their values, an end, a checksum.
import { productName, type RedisProduct } from '../../../domain/redis/products.ts'
import { productOfRdb, readersOf } from '../../../domain/redis/rdb-versions.ts'
import { damaged, unreadable } from './faults.ts'
import type { RdbKey } from './handler.ts'
import type { CombinedHandler } from './handlers.ts'
import { moduleName } from './module-name.ts'
import { readText, requireShort, tryText, unpackText } from './text.ts'
import { opcodes, typeOfCode, unreadCodes } from './types.ts'
import { readModuleParts, valueReaders } from './values.ts'
import type { Resumable, Window } from './window.ts'

/** What has been read so far. */
export interface Progress {
  version: number
  /** Bytes before the checksum; undefined until they have been read. */
  contentEnd: number | undefined
}

/** Attributes that precede a key. */
interface Attributes {
  expireAt: number | undefined
  idleSeconds: number | undefined
  frequency: number | undefined
}

/** Parses the whole RDB; returns the checksum, 8 bytes. */
export function* readRdb(window: Window, progress: Progress, to: CombinedHandler): Resumable<Buffer> {
  const product = yield* readHeader(window, progress)
  to.header(progress.version)
  const readers = valueReaders(product, progress.version, (id) => to.module(moduleName(id)))
  const before: Attributes = { expireAt: undefined, idleSeconds: undefined, frequency: undefined }
  let database = 0
  for (;;) {
    if (window.at === window.end) yield
    if (window.at === window.end) continue
    const code = window.bytes[window.at++] as number
    const read = readers.get(code)
    if (read) {
      const key = keyOf(database, code, tryText(window) ?? (yield* readText(window)), before)
      to.key(key)
      window.valueAt = window.at
      const elements = yield* read(window)
      if (to.wantsValues) to.value(window.bytes.subarray(window.valueAt, window.at))
      window.valueAt = -1
      to.keyEnd(key, elements)
      before.expireAt = before.idleSeconds = before.frequency = undefined
    } else if (code === opcodes.select) {
      database = yield* window.number()
      if (database >= 2 ** 31) throw damaged('database number out of range', window.offset)
    } else if (code === opcodes.end) break
    else if (!(yield* readAttribute(window, code, before))) yield* readSection(window, code, product, to)
  }
  progress.contentEnd = window.offset
  return yield* window.take(8)
}

/** Supported versions. Redis counts upward, and Valkey restarted at 80, which Redis does not read. */
const known = { redis: { from: 6, to: 14 }, valkey: { from: 80, to: 80 } } as const
const headerSize = 9

function* readHeader(window: Window, progress: Progress): Resumable<RedisProduct> {
  yield* window.need(headerSize)
  const text = Buffer.from(window.bytes.subarray(window.at, window.at + headerSize)).toString('latin1')
  window.at += headerSize
  const [, redis, valkey] = /^(?:REDIS(\d{4})|VALKEY(\d{3}))$/.exec(text) ?? []
  const digits = redis ?? valkey
  if (digits === undefined) throw damaged('it does not begin with REDIS or VALKEY')
  const product = redis === undefined ? 'valkey' : 'redis'
  progress.version = Number(digits)
  const { from, to } = known[product]
  if (progress.version < from || progress.version > to) {
    const newer = progress.version > to && productOfRdb(progress.version) === product
    const writer = newer ? `, of ${readersOf(progress.version)}` : ''
    throw unreadable(`format version ${progress.version} of ${productName(product)}${writer}`, '')
  }
  return product
}

function keyOf(database: number, code: number, key: Buffer, { expireAt, idleSeconds, frequency }: Attributes): RdbKey {
  const type = typeOfCode.get(code) ?? 'module'
  if (idleSeconds === undefined && frequency === undefined) return { database, type, code, key, expireAt }
  return {
    ...{ database, type, code, key, expireAt },
    ...(idleSeconds === undefined ? {} : { idleSeconds }),
    ...(frequency === undefined ? {} : { frequency }),
  }
}

/** Reads an attribute of the next key. Returns false if the code is not one. */
function* readAttribute(window: Window, code: number, before: Attributes): Resumable<boolean> {
  if (code === opcodes.expireMilliseconds) {
    yield* window.need(8)
    const { bytes, at } = window
    before.expireAt = int32(bytes, at + 4) * 0x1_0000_0000 + (int32(bytes, at) >>> 0)
    window.at += 8
  } else if (code === opcodes.expireSeconds) {
    yield* window.need(4)
    before.expireAt = int32(window.bytes, window.at) * 1000
    window.at += 4
  } else if (code === opcodes.idle) before.idleSeconds = yield* window.number()
  else if (code === opcodes.frequency) before.frequency = yield* window.byte()
  else return false
  return true
}

function int32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
  return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)
}

/** Reads a section that belongs to no key. */
function* readSection(window: Window, code: number, product: RedisProduct, to: CombinedHandler): Resumable {
  if (code === opcodes.resize) yield* window.numbers(2)
  else if (code === opcodes.slotInfo) yield* window.numbers(3)
  else if (code === opcodes.auxiliary) {
    const name = yield* readText(window)
    const value = yield* readText(window)
    to.auxiliary(name.toString(), value.toString())
  } else if (code === opcodes.function) yield* readFunction(window, to)
  else if (code === opcodes.moduleAux) {
    to.module(moduleName(yield* window.wideNumber()))
    yield* window.numbers(2)
    yield* readModuleParts(window)
  } else if (code === opcodes.slotImport && product === 'valkey') {
    yield* window.skipString()
    const ranges = yield* window.number()
    yield* window.numbers(2 * ranges)
  } else throw unreadable(unreadCodes[product].get(code) ?? `a value of type ${code}`)
}

/** Reads a function library: one string with its name in the first line, `#!lua name=mine`. */
function* readFunction(window: Window, to: CombinedHandler): Resumable {
  let start = window.at
  while (!window.tryString()) {
    yield
    start = window.at
  }
  const { encoding, unpacked, size } = window
  requireShort(window)
  const head = window.bytes.slice(start, window.at)
  const body = yield* window.take(size)
  const code = unpackText(body, encoding, unpacked, window.offset).toString()
  const [, name] = /^#![^\n]*?\sname=(\S+)/.exec(code) ?? []
  if (name === undefined) throw damaged('a function library without a name', window.offset)
  to.function(name, Buffer.concat([head, body]))
}
