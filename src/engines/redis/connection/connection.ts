// Interfaces of connections, and `Connection`, which sends commands and parses replies without a client library.
import type { Socket } from 'node:net'
import type { Failure } from '../../../domain/failures/failure.ts'
import { withDeadline } from '../../../streams/time-limits.ts'
import { detectedFailure, explainRedis, slowReply } from './errors.ts'
import { type TextReply, textIn } from './replies.ts'
import {
  type CommandPart,
  encodeCommand,
  InvalidReply,
  LargeBulk,
  type Reply,
  ReplyError,
  ReplyReader,
} from './resp.ts'

/** Every method throws a failure of kind unreachable once the connection is lost. */
export interface CommandConnection {
  /** `cache.example.com:6379`. */
  readonly display: string
  /** Sends a command and returns its reply, with bulk strings as text. Throws ReplyError for an error reply. */
  askText(...parts: readonly CommandPart[]): Promise<TextReply>
  /** May be called repeatedly. `reason`: the error of calls that still wait. */
  close(reason?: unknown): void
}

/** At most one caller may send and one may read at a time. */
export interface RawConnection extends CommandConnection {
  /**
   * Sends encoded commands (see `encodeCommand`). Resolves when more can be sent. The caller must not change the bytes
   * until the replies are read.
   */
  send(bytes: Uint8Array): Promise<void>
  /**
   * Returns the next reply in order; an error reply is returned, not thrown. Reads ahead no more than the socket
   * buffers.
   */
  readReply(): Promise<Reply>
  /**
   * As `readReply`, but returns a bulk string of more than `most` bytes in pieces. The caller must read all of them
   * before the next reply.
   */
  readReplyOrPieces(most: number): Promise<Reply | LargeReply>
  /** As `askText`, with bulk strings as bytes. For small commands with small replies, because the time is limited. */
  ask(...parts: readonly CommandPart[]): Promise<Reply>
  /** Returns the next bytes unparsed, for data that is not a reply; undefined at the end. */
  readBytes(): Promise<Buffer | undefined>
}

/** A bulk string that is read in pieces. */
export class LargeReply {
  /** Bytes of all pieces. */
  readonly length: number
  readonly pieces: () => AsyncGenerator<Buffer>

  constructor(length: number, pieces: () => AsyncGenerator<Buffer>) {
    this.length = length
    this.pieces = pieces
  }
}

export type { TextReply } from './replies.ts'

/** A connection on a connected socket. */
export class Connection implements RawConnection {
  readonly display: string
  readonly #socket: Socket
  readonly #secondsToReply: number
  readonly #reader = new ReplyReader()
  #lost: unknown
  #answered = false
  #wake: (() => void)[] = []

  constructor(socket: Socket, display: string, secondsToReply: number) {
    this.#socket = socket
    this.#secondsToReply = secondsToReply
    this.display = display
    const wake = () => {
      for (const each of this.#wake.splice(0)) each()
    }
    socket.on('error', (error) => {
      this.#lost ??= error
      wake()
    })
    for (const event of ['readable', 'end', 'close', 'drain']) socket.on(event, wake)
  }

  /** Whether a call waits for the server to send or accept data. */
  get isWaiting(): boolean {
    return this.#wake.length > 0
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#lost !== undefined || this.#socket.destroyed) throw this.#failure()
    if (this.#socket.write(bytes)) return
    while (this.#socket.writableNeedDrain) {
      if (this.#lost !== undefined || this.#socket.destroyed) throw this.#failure()
      await this.#change()
    }
  }

  async readReply(): Promise<Reply> {
    for (;;) {
      const reply = this.#parsed(() => this.#reader.next())
      if (reply !== undefined) return reply
      await this.#readMore()
    }
  }

  async readReplyOrPieces(most: number): Promise<Reply | LargeReply> {
    for (;;) {
      const reply = this.#parsed(() => this.#reader.nextOrLarge(most))
      if (reply instanceof LargeBulk) return new LargeReply(reply.length, () => this.#parts())
      if (reply !== undefined) return reply
      await this.#readMore()
    }
  }

  async *#parts(): AsyncGenerator<Buffer> {
    for (let part = this.#reader.part(); part !== undefined; part = this.#reader.part()) {
      if (part.length > 0) yield part
      else await this.#readMore()
    }
  }

  async #readMore(): Promise<void> {
    const chunk = await this.#chunk()
    if (chunk === undefined) throw this.#failure()
    this.#reader.push(chunk)
  }

  async ask(...parts: readonly CommandPart[]): Promise<Reply> {
    const asked = async () => {
      await this.send(encodeCommand(...parts))
      return this.readReply()
    }
    const reply = await withDeadline(this.#secondsToReply, asked, () => {
      const failure = slowReply(this.display, this.#secondsToReply)
      this.close(failure)
      return failure
    })
    if (reply instanceof ReplyError) throw reply
    return reply
  }

  async askText(...parts: readonly CommandPart[]): Promise<TextReply> {
    const reply = await this.ask(...parts)
    try {
      return textIn(reply)
    } catch (error) {
      throw explainRedis(error, this.display)
    }
  }

  async readBytes(): Promise<Buffer | undefined> {
    const rest = this.#reader.rest()
    if (rest.length > 0) return rest
    const chunk = await this.#chunk()
    if (chunk === undefined && this.#lost !== undefined) throw this.#failure()
    return chunk
  }

  close(reason?: unknown): void {
    this.#lost ??= reason
    this.#socket.destroy()
  }

  #parsed<T>(parse: () => T): T {
    try {
      const parsed = parse()
      this.#answered ||= parsed !== undefined
      return parsed
    } catch (error) {
      // A server that has sent valid Redis replies does not switch to TLS.
      this.close(error instanceof InvalidReply && !this.#answered ? detectedFailure('redis/tls', this.display) : error)
      throw this.#failure()
    }
  }

  async #chunk(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.#lost !== undefined) return undefined
      const chunk = this.#socket.read() as Buffer | null
      if (chunk !== null) return chunk
      if (this.#socket.readableEnded || this.#socket.destroyed) return undefined
      await this.#change()
    }
  }

  #change(): Promise<void> {
    return new Promise((done) => {
      this.#wake.push(done)
    })
  }

  #failure(): Failure {
    return this.#lost === undefined
      ? detectedFailure('redis/connection-lost', this.display)
      : explainRedis(this.#lost, this.display)
  }
}
