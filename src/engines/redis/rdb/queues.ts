// Finds BullMQ queues by their keys. A queue is a hash `<prefix>:<name>:meta`; its jobs are in lists and sorted sets
// with the same prefix and name.
//
// Keys in an RDB have no order: a list of a queue may precede the hash that identifies the queue. Therefore the sizes
// of all lists and sorted sets whose names end like a part of a queue are stored, in 12 to 24 bytes each, for at most a
// million of them.
import { isUtf8 } from 'node:buffer'
import { type QueueFingerprint, type QueueState, queueStates } from '../../../domain/redis/redis-fingerprint.ts'
import { Crc64 } from './crc64.ts'
import type { RdbKey } from './handler.ts'
import { hashFields } from './hash-fields.ts'
import { HashedNumbers, hashOf } from './hashed-numbers.ts'

const colon = 0x3a
const typeOfState: Readonly<Record<QueueState, 'list' | 'zset'>> = {
  wait: 'list',
  paused: 'list',
  prioritized: 'zset',
  delayed: 'zset',
  'waiting-children': 'zset',
  active: 'list',
  completed: 'zset',
  failed: 'zset',
}

/** Bytes of `<prefix>:<name>`; longer names are not BullMQ's. */
const longestName = 1024
const longestVersion = 64
const mostSizes = 1_000_000
export const mostQueues = 100_000
/** Bytes; the meta hash of a queue has a dozen short fields. */
const largestMeta = 64 * 1024

interface QueueMeta {
  /** `<prefix>:<name>`. */
  readonly name: string
  readonly paused: boolean
  readonly version?: string
}

interface Found extends QueueMeta {
  readonly database: number
}

export class QueueFinder {
  readonly #sizes: HashedNumbers
  readonly #crc = new Crc64()
  readonly #found: Found[] = []
  #tooMany = false
  #meta: Uint8Array[] | undefined
  #metaBytes = 0

  /** `most`: maximum number of lists and sorted sets with stored sizes. */
  constructor(most = mostSizes) {
    this.#sizes = new HashedNumbers(most)
  }

  key({ type, key }: RdbKey): void {
    this.#meta = type === 'hash' && isQueueMeta(key) ? [] : undefined
    this.#metaBytes = 0
  }

  /** Call only if `wants` is true. */
  value(piece: Uint8Array): void {
    this.#metaBytes += piece.length
    if (this.#metaBytes > largestMeta) this.#meta = undefined
    this.#meta?.push(piece.slice())
  }

  /** Whether the value of the current key is needed. */
  get wants(): boolean {
    return this.#meta !== undefined
  }

  keyEnd(key: RdbKey, elements: number): void {
    if (this.#meta) {
      this.#readMeta(key, Buffer.concat(this.#meta))
      this.#meta = undefined
    } else if (key.type === 'list' || key.type === 'zset') this.#count(key, elements)
  }

  #readMeta({ database, key, code }: RdbKey, value: Buffer): void {
    const meta = readQueueMeta(key, code, value)
    if (!meta) return
    if (this.#found.length >= mostQueues) this.#tooMany = true
    else this.#found.push({ database, ...meta })
  }

  #count({ database, key, type }: RdbKey, elements: number): void {
    const at = key.lastIndexOf(colon)
    if (at < 3 || at > longestName) return
    const state = stateOf(key, at + 1)
    if (state < 0 || typeOfState[queueStates[state] as QueueState] !== type) return
    this.#sizes.set(this.#hash(database, key, at, state), elements)
  }

  /** Hash of database, state and `<prefix>:<name>`. */
  #hash(database: number, name: Uint8Array, length: number, state: number): number {
    return hashOf(this.#crc, [database + 1, state + 1], name, length)
  }

  /**
   * Returns the queues by database, prefix and name. Sizes are missing if too many keys are named like parts of queues.
   * Returns none if there are too many queues.
   */
  queues(): QueueFingerprint[] {
    if (this.#tooMany) return []
    return this.#found.map((found) => this.#queue(found)).sort(byPlace)
  }

  #queue({ database, name: whole, paused, version }: Found): QueueFingerprint {
    const bytes = Buffer.from(whole)
    const split = whole.lastIndexOf(':')
    const sizes = queueStates.map(
      (state, at) => [state, this.#sizes.get(this.#hash(database, bytes, bytes.length, at))] as const,
    )
    return {
      database,
      prefix: whole.slice(0, split),
      name: whole.slice(split + 1),
      paused,
      ...(version !== undefined && { version }),
      states: Object.fromEntries(sizes.filter(([, size]) => size > 0)),
    }
  }
}

/** Parses the hash `<prefix>:<name>:meta` of a queue; undefined for a key that is not BullMQ's. */
export function readQueueMeta(key: Uint8Array, code: number, value: Uint8Array): QueueMeta | undefined {
  const name = Buffer.from(key.subarray(0, key.length - metaEnd.length))
  if (!isQueueMeta(key) || !isQueue(name)) return undefined
  const fields = hashFields(code, value)
  if (!fields || !(fields.has('opts.maxLenEvents') || fields.get('version')?.startsWith('bullmq'))) return undefined
  const version = fields.get('version')?.slice(0, longestVersion)
  return { name: name.toString(), paused: fields.has('paused'), ...(version !== undefined && { version }) }
}

const metaEnd = ':meta'

/** Whether the name ends like that of the hash of a queue. */
export function isQueueMeta(key: Uint8Array): boolean {
  return key.length > metaEnd.length + 1 && endsWith(key, metaEnd)
}

export function byPlace(a: QueueFingerprint, b: QueueFingerprint): number {
  return a.database - b.database || byText(a.prefix, b.prefix) || byText(a.name, b.name)
}

export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * Whether the name is `<prefix>:<name>`. The prefix may contain colons, the name may not. Both are UTF-8 and not empty.
 */
function isQueue(name: Buffer): boolean {
  const at = name.lastIndexOf(colon)
  return at > 0 && at < name.length - 1 && name.length <= longestName && isUtf8(name)
}

function endsWith(key: Uint8Array, suffix: string): boolean {
  return hasAt(key, key.length - suffix.length, suffix)
}

function hasAt(key: Uint8Array, from: number, text: string): boolean {
  if (from < 0 || key.length - from !== text.length) return false
  for (let at = 0; at < text.length; at++) if (key[from + at] !== text.charCodeAt(at)) return false
  return true
}

/** Index of the state that the rest of the key equals from that position, or -1. */
function stateOf(key: Uint8Array, from: number): number {
  for (let state = 0; state < queueStates.length; state++)
    if (hasAt(key, from, queueStates[state] as string)) return state
  return -1
}
