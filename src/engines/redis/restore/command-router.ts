// Commands for the servers of a target: gathered into batches, each sent to the server that has its key.
import type { RawConnection } from '../connection/connect.ts'
import { type CommandPart, encodeCommand, type Reply, ReplyError } from '../connection/resp.ts'
import { Batch, Buffers, batchSize } from './batch.ts'
import { type Expected, Pipe, type QueuedCommand } from './pipe.ts'
import type { TargetServers } from './servers.ts'
import { anything, numberOf } from './tally.ts'

/** One server's way. Commands are written without waiting; `Out.flush` sends them. */
class NodePipeline {
  readonly pipe: Pipe
  readonly ready: QueuedCommand[] = []
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

export class CommandRouter {
  readonly servers: TargetServers
  readonly #pipelines: readonly NodePipeline[]

  constructor(servers: TargetServers) {
    this.servers = servers
    this.#pipelines = servers.all.map((connection) => new NodePipeline(connection))
  }

  /** The batch for a key of this database, with room for this many bytes. */
  batchFor(key: Uint8Array, database: number, size: number): Batch {
    const pipeline = this.#pipelineOf(key)
    this.#select(pipeline, database)
    return pipeline.batch(size)
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
    for (const pipeline of this.#pipelines) {
      const batch = pipeline.batch(bytes.length)
      batch.raw(bytes)
      batch.expected.push(expected)
    }
  }

  /** What is too large for a batch, after all that was written before for the same server. */
  large(key: Uint8Array, database: number, sending: QueuedCommand): void {
    const pipeline = this.#pipelineOf(key)
    this.#select(pipeline, database)
    pipeline.close()
    pipeline.ready.push(sending)
  }

  /** Sends what is full; waits where the server is slower than we are. */
  async flushFull(): Promise<void> {
    for (const pipeline of this.#pipelines) {
      for (const sending of pipeline.ready.splice(0)) await pipeline.pipe.send(sending)
    }
  }

  /** Sends all, and waits for all replies. Throws what one of them, or a connection, brought. */
  async finish(): Promise<void> {
    for (const pipeline of this.#pipelines) pipeline.close()
    await this.flushFull()
    for (const { pipe } of this.#pipelines) await pipe.drain()
  }

  /** A command to the server at this place, after all that was written before. */
  commandAt(place: number, database: number, parts: readonly CommandPart[], expected: Expected = anything): void {
    const pipeline = this.#pipelines[place] as NodePipeline
    this.#select(pipeline, database)
    const bytes = encodeCommand(...parts)
    const batch = pipeline.batch(bytes.length)
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
    for (const place of this.#pipelines.keys()) sum += numberOf(await this.askAt(place, database, ...parts))
    return sum
  }

  /**
   * Waits for the replies to what has been sent. Returns how many keys may have been written without a reply, or
   * undefined if every command was answered. Never throws.
   */
  async settle(): Promise<number | undefined> {
    for (const { pipe } of this.#pipelines) await pipe.settle()
    const left = this.#pipelines.map(({ pipe }) => pipe.unanswered)
    return left.some(({ any }) => any) ? left.reduce((sum, { keys }) => sum + keys, 0) : undefined
  }

  #pipelineOf(key: Uint8Array): NodePipeline {
    return this.#pipelines[this.servers.placeOf(key)] as NodePipeline
  }

  #select(pipeline: NodePipeline, database: number): void {
    if (pipeline.database === database) return
    pipeline.database = database
    const bytes = encodeCommand('SELECT', database)
    const batch = pipeline.batch(bytes.length)
    batch.raw(bytes)
    batch.expected.push(anything)
  }
}
