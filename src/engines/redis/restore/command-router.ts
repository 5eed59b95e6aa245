// Routes commands to the servers of a target: collects them in batches, and sends each to the server that has its key.
import type { RawConnection } from '../connection/connect.ts'
import { type CommandPart, encodeCommand, type Reply, ReplyError } from '../connection/resp.ts'
import { Batch, Buffers, batchSize } from './batch.ts'
import { type Expected, Pipe, type QueuedCommand } from './pipe.ts'
import type { TargetServers } from './servers.ts'
import { anything, numberOf } from './tally.ts'

/** The commands for one server. They are written without waiting; `CommandRouter.flushFull` sends the full batches. */
class NodePipeline {
  readonly pipe: Pipe
  readonly ready: QueuedCommand[] = []
  readonly #buffers = new Buffers()
  #batch: Batch | undefined
  database = 0

  constructor(connection: RawConnection) {
    this.pipe = new Pipe(connection)
  }

  /** The batch for the next `size` bytes. */
  batch(size: number): Batch {
    if (this.#batch && !this.#batch.hasRoomFor(size)) this.close()
    this.#batch ??= new Batch(this.#buffers, Math.max(size, batchSize))
    return this.#batch
  }

  /** Ends the current batch, so that it is ready to be sent. */
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

  /** The batch for a key of this database, with room for `size` bytes. */
  batchFor(key: Uint8Array, database: number, size: number): Batch {
    const pipeline = this.#pipelineOf(key)
    this.#select(pipeline, database)
    return pipeline.batch(size)
  }

  /** Adds a command for this key. */
  command(key: Uint8Array, database: number, parts: readonly CommandPart[], expected: Expected = anything): void {
    const bytes = encodeCommand(...parts)
    const batch = this.batchFor(key, database, bytes.length)
    batch.raw(bytes)
    batch.expected.push(expected)
  }

  /** Adds a command for every server. */
  commandToAll(parts: readonly CommandPart[], expected: Expected = anything): void {
    const bytes = encodeCommand(...parts)
    for (const pipeline of this.#pipelines) {
      const batch = pipeline.batch(bytes.length)
      batch.raw(bytes)
      batch.expected.push(expected)
    }
  }

  /** Adds commands that are too large for a batch, after all earlier commands for the same server. */
  large(key: Uint8Array, database: number, sending: QueuedCommand): void {
    const pipeline = this.#pipelineOf(key)
    this.#select(pipeline, database)
    pipeline.close()
    pipeline.ready.push(sending)
  }

  /** Sends the full batches; waits if a server is slower than this process. */
  async flushFull(): Promise<void> {
    for (const pipeline of this.#pipelines) {
      for (const sending of pipeline.ready.splice(0)) await pipeline.pipe.send(sending)
    }
  }

  /** Sends all commands and waits for all replies. Throws the first error of a reply or of a connection. */
  async finish(): Promise<void> {
    for (const pipeline of this.#pipelines) pipeline.close()
    await this.flushFull()
    for (const { pipe } of this.#pipelines) await pipe.drain()
  }

  /** Adds a command for the server at this index, after all earlier commands. */
  commandAt(place: number, database: number, parts: readonly CommandPart[], expected: Expected = anything): void {
    const pipeline = this.#pipelines[place] as NodePipeline
    this.#select(pipeline, database)
    const bytes = encodeCommand(...parts)
    const batch = pipeline.batch(bytes.length)
    batch.raw(bytes)
    batch.expected.push(expected)
  }

  /** As `commandAt`, but sends all commands and returns the reply, which may be an error. */
  async askAt(place: number, database: number, ...parts: readonly CommandPart[]): Promise<Reply> {
    const answer = new Answer()
    this.commandAt(place, database, parts, answer)
    await this.finish()
    return answer.reply
  }

  /** As `askAt`, for the server that has the key; throws an error reply. */
  async ask(key: Uint8Array, database: number, ...parts: readonly CommandPart[]): Promise<Reply> {
    const reply = await this.askAt(this.servers.placeOf(key), database, ...parts)
    if (reply instanceof ReplyError) throw reply
    return reply
  }

  /** Runs a command with a numeric reply on each server; returns the sum. */
  async sum(database: number, ...parts: readonly CommandPart[]): Promise<number> {
    let sum = 0
    for (const place of this.#pipelines.keys()) sum += numberOf(await this.askAt(place, database, ...parts))
    return sum
  }

  /**
   * Waits for the replies to all sent commands. Returns how many keys may have been written without a reply, or
   * undefined if every command has a reply. Never throws.
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
