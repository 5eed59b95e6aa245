// Commands for the servers of a target: gathered into batches, each sent to the server that has its key.
import type { RawConnection } from '../connect-raw.ts'
import { type CommandPart, encodeCommand, type Reply, ReplyError } from '../resp.ts'
import { Batch, Buffers, batchSize } from './batch.ts'
import { type Expected, Pipe, type Sending } from './pipe.ts'
import type { TargetServers } from './servers.ts'
import { anything, numberOf } from './tally.ts'

/** One server's way. Commands are written without waiting; `Out.flush` sends them. */
class Way {
  readonly pipe: Pipe
  readonly ready: Sending[] = []
  readonly #buffers = new Buffers()
  #batch: Batch | undefined
  database = 0

  constructor(connection: RawConnection) {
    this.pipe = new Pipe(connection)
  }

  /** The batch to write this many bytes to. */
  batch(size: number): Batch {
    if (this.#batch && !this.#batch.hasRoomFor(size)) this.close()
    this.#batch ??= new Batch(this.#buffers, Math.max(size, batchSize))
    return this.#batch
  }

  /** What the batch has to be sent after. */
  close(): void {
    if (this.#batch && this.#batch.bytes > 0) this.ready.push(this.#batch)
    this.#batch = undefined
  }
}

class Answer implements Expected {
  reply: Reply = null

  take(reply: Reply): void {
    this.reply = reply
  }
}

export class Out {
  readonly servers: TargetServers
  readonly #ways: readonly Way[]

  constructor(servers: TargetServers) {
    this.servers = servers
    this.#ways = servers.all.map((connection) => new Way(connection))
  }

  /** The batch for a key of this database, with room for this many bytes. */
  batchFor(key: Uint8Array, database: number, size: number): Batch {
    const way = this.#wayOf(key)
    this.#select(way, database)
    return way.batch(size)
  }

  /** A command about this key. */
  command(key: Uint8Array, database: number, parts: readonly CommandPart[], expected: Expected = anything): void {
    const bytes = encodeCommand(...parts)
    const batch = this.batchFor(key, database, bytes.length)
    batch.raw(bytes)
    batch.expected.push(expected)
  }

  /** A command to every server, whatever its keys. */
  commandToAll(parts: readonly CommandPart[], expected: Expected = anything): void {
    const bytes = encodeCommand(...parts)
    for (const way of this.#ways) {
      const batch = way.batch(bytes.length)
      batch.raw(bytes)
      batch.expected.push(expected)
    }
  }

  /** What is too large for a batch, after all that was written before for the same server. */
  large(key: Uint8Array, database: number, sending: Sending): void {
    const way = this.#wayOf(key)
    this.#select(way, database)
    way.close()
    way.ready.push(sending)
  }

  /** Sends what is full; waits where the server is slower than we are. */
  async flushFull(): Promise<void> {
    for (const way of this.#ways) {
      for (const sending of way.ready.splice(0)) await way.pipe.send(sending)
    }
  }

  /** Sends all, and waits for all replies. Throws what one of them, or a connection, brought. */
  async finish(): Promise<void> {
    for (const way of this.#ways) way.close()
    await this.flushFull()
    for (const { pipe } of this.#ways) await pipe.drain()
  }

  /** A command to the server at this place, after all that was written before. */
  commandAt(place: number, database: number, parts: readonly CommandPart[], expected: Expected = anything): void {
    const way = this.#ways[place] as Way
    this.#select(way, database)
    const bytes = encodeCommand(...parts)
    const batch = way.batch(bytes.length)
    batch.raw(bytes)
    batch.expected.push(expected)
  }

  /** As `commandAt`, alone; its reply, which may be an error. */
  async askAt(place: number, database: number, ...parts: readonly CommandPart[]): Promise<Reply> {
    const answer = new Answer()
    this.commandAt(place, database, parts, answer)
    await this.finish()
    return answer.reply
  }

  /** As `askAt`, to the server that has the key; an error that it answers is thrown. */
  async ask(key: Uint8Array, database: number, ...parts: readonly CommandPart[]): Promise<Reply> {
    const reply = await this.askAt(this.servers.placeOf(key), database, ...parts)
    if (reply instanceof ReplyError) throw reply
    return reply
  }

  /** A command that answers with a number: the sum over all servers. */
  async sum(database: number, ...parts: readonly CommandPart[]): Promise<number> {
    let sum = 0
    for (const place of this.#ways.keys()) sum += numberOf(await this.askAt(place, database, ...parts))
    return sum
  }

  /**
   * Waits for the replies to what has been sent. Returns how many keys may have been written without a reply, or undefined if every
   * command was answered. Never throws.
   */
  async settle(): Promise<number | undefined> {
    for (const { pipe } of this.#ways) await pipe.settle()
    const left = this.#ways.map(({ pipe }) => pipe.unanswered)
    return left.some(({ any }) => any) ? left.reduce((sum, { keys }) => sum + keys, 0) : undefined
  }

  #wayOf(key: Uint8Array): Way {
    return this.#ways[this.servers.placeOf(key)] as Way
  }

  #select(way: Way, database: number): void {
    if (way.database === database) return
    way.database = database
    const bytes = encodeCommand('SELECT', database)
    const batch = way.batch(bytes.length)
    batch.raw(bytes)
    batch.expected.push(anything)
  }
}
