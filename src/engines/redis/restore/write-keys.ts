// The second pass: writes a RESTORE for each selected key, directly from the RDB.
import type { RedisMode } from '../../../ports/redis.ts'
import { partIn } from '../queues/queue-keys.ts'
import type { RdbHandler, RdbKey } from '../rdb/handler.ts'
import { Batch, Buffers, batchSize } from './batch.ts'
import type { CommandRouter } from './command-router.ts'
import type { Expected } from './pipe.ts'
import { type Place, placeInQueue } from './queue-places.ts'
import type { Queue, Selection } from './selection.ts'
import { anything, Existing, Restored, type Tally, Transaction } from './tally.ts'
import type { ValueGatherer } from './value.ts'

export interface RestoreKeyOptions {
  readonly out: CommandRouter
  /** Display name of the target. */
  readonly display: string
  readonly selection: Selection
  readonly tally: Tally
  readonly values: ValueGatherer
  readonly mode: RedisMode
  /**
   * The target's clock when the pass began, in milliseconds since 1970. Keys that had expired by then are not restored;
   * the target expires the others.
   */
  readonly now: number
  /** Eviction policy of the target: keys are restored with the idle time or frequency that it uses. */
  readonly eviction: 'lru' | 'lfu' | undefined
  /** Whether a database of the target had keys when the pass began. */
  readonly hasKeys: (database: number) => boolean
}

interface Replies {
  readonly restored: Restored
  readonly existing: Existing
}

/** Maximum bytes of the commands for one key, besides its name and value. */
const margin = 512

export class RestoreKeyWriter implements RdbHandler {
  readonly #options: RestoreKeyOptions
  readonly #replies = new Map<number | Queue, Replies>()
  #version = 0
  #place: Place | undefined

  constructor(options: RestoreKeyOptions) {
    this.#options = options
  }

  header(version: number): void {
    this.#version = version
  }

  key(key: RdbKey): void {
    this.#place = this.#placeOf(key)
    if (this.#place) this.#options.values.begin(key.code)
  }

  value(piece: Uint8Array): void {
    if (this.#place) this.#options.values.add(piece)
  }

  keyEnd(key: RdbKey): void {
    const place = this.#place
    if (!place) return
    const { values, out } = this.#options
    values.end(this.#version)
    const name = place.name
    const small = values.bytes
    const size = 2 * name.length + margin + (small?.length ?? 0)
    if (small && size <= batchSize) {
      const batch = out.batchFor(name, place.database, size)
      this.#write(batch, key, place, (to) => {
        to.bulk(small)
      })
    } else this.#writeLarge(key, place)
  }

  /** Writes the command as two batches, with the value between them. */
  #writeLarge(key: RdbKey, place: Place): void {
    const { values, out } = this.#options
    const buffers = new Buffers()
    const size = 2 * place.name.length + margin
    const head = new Batch(buffers, size)
    const tail = new Batch(buffers, size)
    const length = values.length
    const value = values.take()
    this.#write(
      head,
      key,
      place,
      (to) => to.bulkOf(length),
      () => tail,
    )
    out.large(place.name, place.database, {
      bytes: head.bytes + length + tail.bytes,
      expected: [...head.expected, ...tail.expected],
      nameAt: () => place.name,
      *pieces() {
        yield* head.pieces()
        yield* value
        yield lineEnd
        yield* tail.pieces()
      },
    })
  }

  #write(
    batch: Batch,
    { expireAt, idleSeconds, frequency }: RdbKey,
    place: Place,
    value: (to: Batch) => void,
    after = () => batch,
  ) {
    const { eviction, mode, hasKeys } = this.#options
    const { name, database } = place
    const { restored, existing } = this.#repliesOf(place)
    const replaces = place.queue ? place.replace : mode !== 'merge'
    if (mode === 'replace' && !place.queue && hasKeys(database)) {
      command(batch, exists, name)
      batch.expected.push(existing)
    }
    if (place.pause) write(batch, multi, anything)
    const options = optionsOf(expireAt !== undefined, replaces)
    const idle = eviction === 'lru' && idleSeconds !== undefined ? idleSeconds : undefined
    const often = eviction === 'lfu' && frequency !== undefined ? frequency : undefined
    batch.raw(idle === undefined && often === undefined ? options.head : options.longHead)
    batch.bulk(name)
    // Larger numbers are not exact, and Redis refuses them beyond 2^63: some 285,000 years suffice.
    batch.number(Math.min(expireAt ?? 0, Number.MAX_SAFE_INTEGER))
    value(batch)
    const rest = after()
    rest.raw(options.tail)
    if (idle !== undefined) attribute(rest, idleTime, idle)
    else if (often !== undefined) attribute(rest, freq, often)
    if (!place.pause) {
      batch.expected.push(restored)
      return
    }
    batch.expected.push(anything)
    command(rest, hset, name)
    rest.raw(pausedField)
    rest.expected.push(anything)
    write(rest, exec, new Transaction(restored, name))
  }

  #repliesOf({ database, queue }: Place): Replies {
    const of = queue ?? database
    const known = this.#replies.get(of)
    if (known) return known
    const { tally, display } = this.#options
    const counts = tally.of(database)
    const there = (name: Uint8Array) => queue?.newer.add(partIn(queue, Buffer.from(name)))
    const replies = {
      restored: new Restored(counts, display, there),
      existing: new Existing(counts, 'replaced', 'added'),
    }
    this.#replies.set(of, replies)
    return replies
  }

  #placeOf(key: RdbKey): Place | undefined {
    const { selection, tally, now } = this.#options
    if (!selection.takes(key.database) || !selection.matches(key.key)) return undefined
    const queue = selection.queueOf(key)
    if (queue?.outcome === 'left-out') return undefined
    const database = selection.target(key.database)
    if (queue?.outcome === 'kept') {
      tally.of(database).kept += 1
      return undefined
    }
    if (key.expireAt !== undefined && key.expireAt <= now) {
      tally.of(database).expired += 1
      return undefined
    }
    if (!queue) return { name: key.key, database, replace: false, pause: false }
    return placeInQueue(key.key, queue, key.type === 'hash')
  }
}

const lineEnd = Buffer.from('\r\n')
const exists = Buffer.from('*2\r\n$6\r\nEXISTS\r\n')
const multi = Buffer.from('*1\r\n$5\r\nMULTI\r\n')
const exec = Buffer.from('*1\r\n$4\r\nEXEC\r\n')
const hset = Buffer.from('*4\r\n$4\r\nHSET\r\n')
const pausedField = Buffer.from('$6\r\npaused\r\n$1\r\n1\r\n')
const idleTime = Buffer.from('$8\r\nIDLETIME\r\n')
const freq = Buffer.from('$4\r\nFREQ\r\n')

function command(batch: Batch, head: Uint8Array, name: Uint8Array): void {
  batch.raw(head)
  batch.bulk(name)
}

function write(batch: Batch, bytes: Uint8Array, expected: Expected): void {
  batch.raw(bytes)
  batch.expected.push(expected)
}

function attribute(batch: Batch, name: Uint8Array, value: number): void {
  batch.raw(name)
  batch.number(value)
}

/**
 * The bytes before the name and after the value. `longHead`: for a command with an attribute, which has two more parts.
 */
interface Options {
  readonly head: Buffer
  readonly longHead: Buffer
  readonly tail: Buffer
}

const optionTable = [false, true].map((expires) => [false, true].map((replaces) => madeOptions(expires, replaces)))

function optionsOf(expires: boolean, replaces: boolean): Options {
  return optionTable[Number(expires)]?.[Number(replaces)] as Options
}

function madeOptions(expires: boolean, replaces: boolean): Options {
  const parts = 4 + Number(expires) + Number(replaces)
  const head = (count: number) => Buffer.from(`*${count}\r\n$7\r\nRESTORE\r\n`)
  const tail = Buffer.from(`${expires ? '$6\r\nABSTTL\r\n' : ''}${replaces ? '$7\r\nREPLACE\r\n' : ''}`)
  return { head: head(parts), longHead: head(parts + 2), tail }
}
