// Keys of BullMQ queues among the names of a scan: which must be read at the same moment, and which jobs were read.
import { matchesGlob } from '../../../domain/redis/glob.ts'
import type { RawConnection } from '../connection/connect.ts'
import { encodeCommands, ReplyError } from '../connection/resp.ts'
import { isOfQueue, knownParts } from '../queues/queue-keys.ts'
import { Crc64 } from '../rdb/crc64.ts'
import { HashedNumbers, hashOf } from '../rdb/hashed-numbers.ts'
import { readQueueMeta } from '../rdb/queues.ts'
import { valueIn } from '../rdb/writer.ts'

const colon = 0x3a
const mostJobs = 1_000_000
/** Maximum names in `#together`. */
const mostTogether = 100_000

export class QueueNames {
  readonly #queues: ReadonlySet<string>
  /** The part of each queue name up to the first colon. */
  readonly #beginnings: ReadonlySet<string>
  readonly #patterns: readonly Uint8Array[]
  readonly #crc = new Crc64()
  readonly #read = new HashedNumbers(mostJobs)
  readonly #together = new Map<string, Buffer>()
  #isComplete = true
  readonly #name = Buffer.alloc(1024)

  /** `queues`: `<prefix>:<name>` of each, one character per byte. `patterns`: those of the backup; empty: all keys. */
  constructor(queues: ReadonlySet<string>, patterns: readonly string[]) {
    this.#queues = queues
    this.#beginnings = new Set([...queues].map((queue) => queue.slice(0, queue.indexOf(':'))))
    this.#patterns = patterns.map((pattern) => Buffer.from(pattern))
    // Lists that are empty during the scan can have jobs later.
    for (const queue of queues)
      for (const part of knownParts) if (describesStates(part)) this.#keep(Buffer.from(`${queue}:${part}`, 'latin1'))
  }

  /** Names of keys that describe states of jobs, which may not exist. */
  get together(): Buffer[] {
    return [...this.#together.values()]
  }

  /** Whether all keys fit in memory, so that the queues can be verified. */
  get isComplete(): boolean {
    return this.#isComplete && !this.#read.isForgotten
  }

  /** Puts keys that describe states of jobs into `together`, and returns the others. */
  split(names: readonly Buffer[]): readonly Buffer[] {
    return this.#queues.size === 0 ? names : names.filter((name) => !this.#keeps(name))
  }

  #keeps(name: Buffer): boolean {
    const part = this.#partOf(name)
    return part !== undefined && describesStates(part) && this.#keep(name)
  }

  #keep(name: Buffer): boolean {
    const text = name.toString('latin1')
    if (this.#together.has(text)) return true
    if (!this.#isSelected(name)) return false
    if (this.#together.size >= mostTogether) this.#isComplete = false
    else this.#together.set(text, Buffer.from(name))
    return this.#isComplete
  }

  /** Records that a key was read. */
  add(name: Uint8Array): void {
    if (this.#queues.size > 0 && this.#partOf(Buffer.from(name)) !== undefined) this.#read.set(this.#hash(name), 1)
  }

  /** Whether a key was read, or is not part of the backup. */
  has(name: Buffer): boolean {
    return this.#read.get(this.#hash(name)) === 1 || !this.#isSelected(name)
  }

  /** As `has`, for the key `<queue><id>`. `queue` ends with a colon. */
  hasJob(queue: Buffer, id: string): boolean {
    const length = queue.length + Buffer.byteLength(id)
    if (length > this.#name.length) return this.has(Buffer.concat([queue, Buffer.from(id)]))
    queue.copy(this.#name)
    this.#name.write(id, queue.length)
    return this.has(this.#name.subarray(0, length))
  }

  #isSelected(name: Buffer): boolean {
    return this.#patterns.length === 0 || this.#patterns.some((pattern) => matchesGlob(pattern, name))
  }

  #hash(name: Uint8Array): number {
    return hashOf(this.#crc, [0, 0], name)
  }

  /** The part of a key name after `<prefix>:<name>:`. A prefix may contain colons: the longest matching queue wins. */
  #partOf(name: Buffer): string | undefined {
    const first = name.indexOf(colon)
    if (first < 0 || !this.#beginnings.has(name.toString('latin1', 0, first))) return undefined
    const text = name.toString('latin1')
    for (let at = text.lastIndexOf(':'); at > 0; at = text.lastIndexOf(':', at - 1))
      if (this.#queues.has(text.slice(0, at))) return text.slice(at + 1)
    return undefined
  }
}

/** Keys that change together when a job changes its state. Locks, logs, metrics and events need not agree. */
function describesStates(part: string): boolean {
  return isOfQueue(part) && !/:(lock|logs)$|^(events|marker|metrics)(:|$)/.test(part)
}

const batchSize = 500

/** `metas`: names of keys that may be the hash of a queue. Returns `<prefix>:<name>`, one character per byte. */
export async function queuesIn(connection: RawConnection, metas: readonly Buffer[]): Promise<Set<string>> {
  const queues = new Set<string>()
  for (let at = 0; at < metas.length; at += batchSize) {
    const batch = metas.slice(at, at + batchSize)
    await connection.send(encodeCommands(batch.map((key) => ['DUMP', key])))
    for (const key of batch) {
      const dump = await connection.readReply()
      if (dump instanceof ReplyError) throw dump
      const meta = Buffer.isBuffer(dump) && readQueueMeta(key, dump[0] as number, valueIn(dump))
      if (meta) queues.add(Buffer.from(meta.name).toString('latin1'))
    }
  }
  return queues
}
