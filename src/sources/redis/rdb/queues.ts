// BullMQ's queues, known by their keys. A queue is `<prefix>:<name>:meta`, a hash; its jobs lie in lists and sorted
// sets beside it.
//
// An RDB has its keys in any order: what belongs to a queue may come before the hash that says that it is one. So the
// sizes of all lists and sorted sets whose names end as a queue's do are kept, as 16 bytes each and for a million of
// them at most.
import { isUtf8 } from 'node:buffer'
import { type QueueFingerprint, type QueueState, queueStates } from '../../../domain/redis/redis-fingerprint.ts'
import { Crc64 } from './crc64.ts'
import type { RdbKey } from './handler.ts'
import { hashFields } from './hash-fields.ts'

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

/** BullMQ names of queues and prefixes are short; longer ones are nobody's. */
const longestName = 1024
const longestVersion = 64
const mostSizes = 1_000_000
const mostQueues = 100_000
/** A queue's meta has a dozen short fields. */
const largestMeta = 64 * 1024

interface Found {
  readonly database: number
  /** `<prefix>:<name>`. */
  readonly name: string
  readonly paused: boolean
  readonly version?: string
}

export class QueueFinder {
  readonly #sizes: Sizes
  readonly #crc = new Crc64()
  readonly #found: Found[] = []
  #tooMany = false
  #meta: Uint8Array[] | undefined
  #metaBytes = 0

  /** `most`: lists and sorted sets whose sizes are kept. */
  constructor(most = mostSizes) {
    this.#sizes = new Sizes(most)
  }

  key({ type, key }: RdbKey): void {
    this.#meta = type === 'hash' && key.length > 6 && endsWith(key, ':meta') ? [] : undefined
    this.#metaBytes = 0
  }

  /** Only of values that `wants` says. */
  value(piece: Uint8Array): void {
    this.#metaBytes += piece.length
    if (this.#metaBytes > largestMeta) this.#meta = undefined
    this.#meta?.push(piece.slice())
  }

  /** Whether the value of the key under way is needed. */
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
    const name = key.subarray(0, key.length - 5)
    if (!isQueue(name)) return
    const fields = hashFields(code, value)
    if (!fields || !(fields.has('opts.maxLenEvents') || fields.get('version')?.startsWith('bullmq'))) return
    if (this.#found.length >= mostQueues) this.#tooMany = true
    else {
      const version = fields.get('version')?.slice(0, longestVersion)
      this.#found.push({
        database,
        name: name.toString(),
        paused: fields.has('paused'),
        ...(version !== undefined && { version }),
      })
    }
  }

  #count({ database, key, type }: RdbKey, elements: number): void {
    const at = key.lastIndexOf(colon)
    if (at < 3 || at > longestName) return
    const state = stateOf(key, at + 1)
    if (state < 0 || typeOfState[queueStates[state] as QueueState] !== type) return
    this.#sizes.set(this.#hash(database, key, at, state), elements)
  }

  /** 53 bits of the CRC-64 of database, state and `<prefix>:<name>`. */
  #hash(database: number, name: Uint8Array, length: number, state: number): number {
    const crc = this.#crc
    crc.low = database + 1
    crc.high = state + 1
    crc.update(name, 0, length)
    return (crc.high >>> 11) * 0x1_0000_0000 + (crc.low >>> 0)
  }

  /**
   * By database, prefix, name. Without sizes where there are too many keys that end as those of queues; none where
   * there are too many queues.
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

export function byPlace(a: QueueFingerprint, b: QueueFingerprint): number {
  return a.database - b.database || byText(a.prefix, b.prefix) || byText(a.name, b.name)
}

export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** `<prefix>:<name>`; the prefix may hold colons, the name does not. Both are text, and not empty. */
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

/** Index of the state that the key ends with from there, or -1. */
function stateOf(key: Uint8Array, from: number): number {
  for (let state = 0; state < queueStates.length; state++)
    if (hasAt(key, from, queueStates[state] as string)) return state
  return -1
}

/**
 * Hash of 53 bits -> size, open addressing: 16 bytes a place. Forgets all, for good, when there are more than `most`.
 */
class Sizes {
  readonly #most: number
  #hashes = new Float64Array(1024)
  #sizes = new Float64Array(1024)
  #count = 0

  constructor(most: number) {
    this.#most = most
  }

  set(hash: number, size: number): void {
    if (this.#count > this.#most) return
    if (this.#count * 2 >= this.#hashes.length) this.#grow()
    const place = this.#place(hash + 1)
    if (this.#hashes[place] === 0) this.#count++
    this.#hashes[place] = hash + 1
    this.#sizes[place] = size
    if (this.#count > this.#most) this.#hashes = this.#sizes = new Float64Array(1024)
  }

  get(hash: number): number {
    const place = this.#place(hash + 1)
    return this.#hashes[place] === 0 ? 0 : (this.#sizes[place] as number)
  }

  #place(stored: number): number {
    const mask = this.#hashes.length - 1
    let place = (stored % 0x1_0000_0000) & mask
    while (this.#hashes[place] !== 0 && this.#hashes[place] !== stored) place = (place + 1) & mask
    return place
  }

  #grow(): void {
    const [hashes, sizes] = [this.#hashes, this.#sizes]
    this.#hashes = new Float64Array(hashes.length * 2)
    this.#sizes = new Float64Array(hashes.length * 2)
    for (let at = 0; at < hashes.length; at++) {
      const stored = hashes[at] as number
      if (stored === 0) continue
      const place = this.#place(stored)
      this.#hashes[place] = stored
      this.#sizes[place] = sizes[at] as number
    }
  }
}
