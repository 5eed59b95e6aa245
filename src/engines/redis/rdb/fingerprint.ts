// Computes the fingerprint of an RDB, which the manifest contains.
import {
  type QueueFingerprint,
  type QueueState,
  queueStates,
  type RedisDatabaseFingerprint,
  type RedisFingerprint,
  type RedisType,
  redisTypes,
} from '../../../domain/redis/redis-fingerprint.ts'
import { Crc64 } from './crc64.ts'
import type { RdbHandler, RdbKey } from './handler.ts'
import { byPlace, byText, QueueFinder } from './queues.ts'

interface Counts {
  keys: number
  expiring: number
  readonly types: Map<RedisType, number>
  /** Sum of the CRCs modulo 2^64, as two halves. */
  high: number
  low: number
}

/** Position of a type in `redisTypes`, from 1. */
const numberOf: Readonly<Record<RedisType, number>> = {
  string: 1,
  list: 2,
  set: 3,
  zset: 4,
  hash: 5,
  stream: 6,
  module: 7,
}
const headSize = 17

/**
 * Handler that computes the fingerprint. The digest of a key is a CRC-64 as in Redis (Jones polynomial, reflected,
 * initial value 0) of:
 *
 *     1 byte    its type: 1 string, 2 list, 3 set, 4 zset, 5 hash, 6 stream, 7 module
 *     8 bytes   its expiry in milliseconds since 1970, signed, little endian; 8 times 0xff if it has none
 *     8 bytes   its number of elements, little endian (a string or module: 1)
 *     the rest  its name
 *
 * The digest of a database is the sum of these CRCs modulo 2^64, as 16 hexadecimal digits.
 */
export class RdbPrint implements RdbHandler {
  readonly #databases = new Map<number, Counts>()
  readonly #functions = new Set<string>()
  readonly #modules = new Set<string>()
  readonly #queues: QueueFinder
  readonly #crc = new Crc64()
  readonly #head = new Uint8Array(headSize)
  readonly #view = new DataView(this.#head.buffer)
  #version = 0
  #valkey: string | undefined
  #largest = 0
  #size = 0

  /** `mostSizes`: maximum number of lists and sorted sets with sizes stored until their queues are known. */
  constructor({ mostSizes }: { readonly mostSizes?: number } = {}) {
    this.#queues = new QueueFinder(mostSizes)
  }

  /** Version of the RDB format; 0 before the header has been read. */
  get version(): number {
    return this.#version
  }

  header(version: number): void {
    this.#version = version
  }

  auxiliary(name: string, value: string): void {
    if (name === 'valkey-ver') this.#valkey = value
  }

  /** Version of the Valkey that wrote the RDB; undefined if another program did. */
  get valkey(): string | undefined {
    return this.#valkey
  }

  function(name: string): void {
    this.#functions.add(name)
  }

  module(name: string): void {
    this.#modules.add(name)
  }

  key(key: RdbKey): void {
    this.#size = 0
    this.#queues.key(key)
  }

  value(piece: Uint8Array): void {
    this.#size += piece.length
    if (this.#queues.wants) this.#queues.value(piece)
  }

  keyEnd(key: RdbKey, elements: number): void {
    if (this.#size > this.#largest) this.#largest = this.#size
    const counts = this.#countsOf(key.database)
    counts.keys++
    if (key.expireAt !== undefined) counts.expiring++
    counts.types.set(key.type, (counts.types.get(key.type) ?? 0) + 1)
    this.#digest(key, elements)
    const low = counts.low + (this.#crc.low >>> 0)
    counts.low = low % 0x1_0000_0000
    counts.high = (counts.high + (this.#crc.high >>> 0) + (low >= 0x1_0000_0000 ? 1 : 0)) % 0x1_0000_0000
    this.#queues.keyEnd(key, elements)
  }

  #digest({ key, type, expireAt }: RdbKey, elements: number): void {
    this.#head[0] = numberOf[type]
    this.#put(1, expireAt ?? -1)
    this.#put(9, elements)
    this.#crc.reset()
    this.#crc.update(this.#head)
    this.#crc.update(key)
  }

  /** Writes 64 bits, little endian, two's complement. */
  #put(at: number, number: number): void {
    this.#view.setUint32(at, number >>> 0, true)
    this.#view.setInt32(at + 4, Math.floor(number / 0x1_0000_0000), true)
  }

  #countsOf(database: number): Counts {
    const known = this.#databases.get(database)
    if (known) return known
    const counts = { keys: 0, expiring: 0, types: new Map(), high: 0, low: 0 }
    this.#databases.set(database, counts)
    return counts
  }

  fingerprint(): RedisFingerprint {
    return {
      databases: [...this.#databases]
        .map(([database, counts]) => printOf(database, counts))
        .sort((a, b) => a.database - b.database),
      functions: [...this.#functions].sort(byText),
      ...(this.#modules.size > 0 && { modules: [...this.#modules].sort(byText) }),
      queues: this.#queues.queues(),
      largestValue: this.#largest,
    }
  }
}

function printOf(database: number, { keys, expiring, types, high, low }: Counts): RedisDatabaseFingerprint {
  const digest = high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
  const present = redisTypes.flatMap((type) => (types.has(type) ? [[type, types.get(type)] as const] : []))
  return { database, keys, expiring, types: Object.fromEntries(present), digest }
}

/** Returns the fingerprint of all shards of a cluster together. */
export function addPrints(prints: readonly RedisFingerprint[]): RedisFingerprint {
  const databases = Map.groupBy(
    prints.flatMap((print) => print.databases),
    ({ database }) => database,
  )
  const queues = Map.groupBy(
    prints.flatMap((print) => print.queues),
    ({ database, prefix, name }) => JSON.stringify([database, prefix, name]),
  )
  const modules = new Set(prints.flatMap((print) => print.modules ?? []))
  return {
    databases: [...databases.values()].map(addDatabases).sort((a, b) => a.database - b.database),
    functions: [...new Set(prints.flatMap((print) => print.functions))].sort(byText),
    ...(modules.size > 0 && { modules: [...modules].sort(byText) }),
    queues: [...queues.values()].map(addQueues).sort(byPlace),
    largestValue: prints.reduce((largest, print) => Math.max(largest, print.largestValue), 0),
  }
}

function addDatabases(prints: readonly RedisDatabaseFingerprint[]): RedisDatabaseFingerprint {
  const sum = prints.reduce((all, { digest }) => all + BigInt(`0x${digest}`), 0n)
  return {
    database: prints[0]?.database ?? 0,
    keys: prints.reduce((all, { keys }) => all + keys, 0),
    expiring: prints.reduce((all, { expiring }) => all + expiring, 0),
    types: addCounts(
      redisTypes,
      prints.map(({ types }) => types),
    ),
    digest: BigInt.asUintN(64, sum).toString(16).padStart(16, '0'),
  }
}

function addQueues(prints: readonly QueueFingerprint[]): QueueFingerprint {
  const { database = 0, prefix = '', name = '' } = prints[0] ?? {}
  const version = prints.find((print) => print.version !== undefined)?.version
  const states = addCounts<QueueState>(
    queueStates,
    prints.map((print) => print.states),
  )
  return {
    database,
    prefix,
    name,
    paused: prints.some(({ paused }) => paused),
    ...(version !== undefined && { version }),
    states,
  }
}

function addCounts<Name extends string>(names: readonly Name[], counts: readonly Partial<Record<Name, number>>[]) {
  const sums = names.map((name) => [name, counts.reduce((all, each) => all + (each[name] ?? 0), 0)] as const)
  return Object.fromEntries(sums.filter(([, sum]) => sum > 0)) as Partial<Record<Name, number>>
}
