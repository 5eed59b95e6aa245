// Reads keys with DUMP as the body of an RDB. A large value is streamed in pieces and never held in memory.
import { Spool } from '../../../streams/files/spool.ts'
import { youngGarbage } from '../../../streams/young-garbage.ts'
import { LargeReply, type RawConnection } from '../connection/connection.ts'
import { encodeCommands, InvalidReply, ReplyError } from '../connection/resp.ts'
import { type DumpedKey, keyHead, selectBytes, valueIn } from '../rdb/writer.ts'
import { expiryOf } from './expiry.ts'
import type { Names } from './names.ts'
import { type QueueSnapshot, queueSnapshot } from './queue-snapshot.ts'
import { type DumpedPiece, footer, versionIn } from './scan-rdb.ts'

interface Seen {
  version: number
}

interface Dumping {
  readonly database: number
  readonly names: Names
  /** How the queues of BullMQ are read. */
  readonly queues: QueueSnapshot
  /** Highest version of the DUMPs so far in all databases; 0 if there was none. */
  readonly seen: Seen
  /** Folder for a large value whose RDB version is not known yet. */
  readonly temporary: string
}

/** Bytes requested at a time, estimated from the keys so far; replies wait in the server's memory. */
const inFlight = 4 << 20
const mostInFlight = 1000
/** Approximate bytes of a yielded piece. */
const piece = 128 << 10
/** Bytes; larger values are read in pieces. */
const largest = 1 << 20
/** Approximate bytes of garbage per key, in addition to the bytes of its value. */
export const perKey = 500

/** Reads each name once; `names` cannot be read again. Omits keys that no longer exist. */
export async function* dumped(connection: RawConnection, dumping: Dumping): AsyncGenerator<DumpedPiece> {
  const { names, queues } = dumping
  const { expiry } = queues
  const body = new Body(dumping)
  let average = inFlight / 16
  const passed = youngGarbage()
  for await (const all of names.unique()) {
    const part = queues.names.split(all)
    for (let at = 0; at < part.length; ) {
      const batch = part.slice(
        at,
        at + Math.max(1, Math.min(mostInFlight, Math.floor(inFlight / Math.max(1, average)))),
      )
      at += batch.length
      // The expiry is written before the value.
      await connection.send(
        encodeCommands(
          batch.flatMap((key) => [
            [expiry.command, key],
            ['DUMP', key],
          ]),
        ),
      )
      let bytes = 0
      for (const key of batch) {
        const time = await connection.readReply()
        const dump = await connection.readReplyOrPieces(largest)
        if (dump instanceof ReplyError) throw dump
        if (dump !== null && !Buffer.isBuffer(dump) && !(dump instanceof LargeReply)) throw new InvalidReply('DUMP')
        const expireAt = expiryOf(expiry, time)
        if (Buffer.isBuffer(dump) && expireAt !== 'gone') body.add({ key, expireAt, dump })
        else if (dump instanceof LargeReply) {
          yield* body.take()
          if (expireAt === 'gone') for await (const _ of dump.pieces());
          else yield* body.large({ key, expireAt }, dump)
        }
        if (Buffer.isBuffer(dump) || dump instanceof LargeReply) bytes += dump.length
        if (body.size >= piece) yield* body.take()
      }
      passed(bytes + batch.length * perKey)
      average = Math.max(bytes / batch.length, average / 2)
    }
  }
  for await (const value of queueSnapshot(connection, queues)) {
    body.add(value)
    if (body.size >= piece) yield* body.take()
  }
  yield* body.take()
}

class Body {
  readonly #dumping: Dumping
  #ready: Uint8Array[] = []
  #isSelected = false
  size = 0

  constructor(dumping: Dumping) {
    this.#dumping = dumping
  }

  add(key: DumpedKey & { readonly dump: Buffer }): void {
    const { dump } = key
    this.#put(keyHead(key, dump[0] as number))
    this.#put(valueIn(dump))
    see(this.#dumping.seen, dump)
    this.#dumping.queues.names.add(key.key)
  }

  *take(): Generator<DumpedPiece> {
    if (this.size > 0) yield { bytes: Buffer.concat(this.#ready), version: this.#dumping.seen.version }
    this.#ready = []
    this.size = 0
  }

  /**
   * An RDB begins with its version, which is in the last bytes of a DUMP. If no version is known yet, the value waits
   * on disk.
   */
  async *large(key: Omit<DumpedKey, 'dump'>, dump: LargeReply): AsyncGenerator<DumpedPiece> {
    const { seen, temporary, queues } = this.#dumping
    queues.names.add(key.key)
    const bytes = largeBytes(key, dump, seen)
    for await (const part of seen.version > 0 ? bytes : spooled(bytes, temporary)) {
      this.#put(part)
      if (this.size >= piece) yield* this.take()
    }
    yield* this.take()
  }

  #put(bytes: Uint8Array): void {
    if (!this.#isSelected) this.#ready.push(selectBytes(this.#dumping.database))
    this.#isSelected = true
    this.#ready.push(bytes)
    this.size += bytes.length
  }
}

function see(seen: Seen, dump: Buffer): void {
  seen.version = Math.max(seen.version, versionIn(dump))
}

/** Encodes a key for an RDB. Always holds back the last bytes, which may be the footer. */
async function* largeBytes(key: Omit<DumpedKey, 'dump'>, dump: LargeReply, seen: Seen): AsyncGenerator<Uint8Array> {
  let held: Buffer = Buffer.alloc(0)
  let isBegun = false
  const passed = youngGarbage()
  for await (const part of dump.pieces()) {
    passed(part.length)
    const bytes = Buffer.concat([held, part])
    const from = isBegun ? 0 : 1
    const to = bytes.length - footer
    held = bytes
    if (to <= from) continue
    if (!isBegun) yield keyHead(key, bytes[0] as number)
    isBegun = true
    yield bytes.subarray(from, to)
    held = bytes.subarray(to)
  }
  see(seen, held)
}

async function* spooled(bytes: AsyncIterable<Uint8Array>, folder: string): AsyncGenerator<Uint8Array> {
  const spool = new Spool({ folder })
  try {
    for await (const part of bytes) await spool.write(part)
    spool.end()
    yield* spool.read()
  } finally {
    await spool.close()
  }
}
