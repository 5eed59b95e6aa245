// A connection for commands: ioredis on a socket that is already connected.
import type { Socket } from 'node:net'
import { AbstractConnector, Redis } from 'ioredis'
import { Failure } from '../../../domain/failures/failure.ts'
import { withDeadline } from '../../../streams/time-limits.ts'
import type { CommandConnection } from './connection.ts'
import { detectedFailure, explainRedis, slowReply } from './errors.ts'
import { type TextReply, textIn } from './replies.ts'
import { type CommandPart, InvalidReply, type Reply, ReplyError, ReplyReader } from './resp.ts'

/** Maximum bytes of a reply, because ioredis buffers a reply of any length in memory. */
const mostBytes = 64 << 20

export class ClientConnection implements CommandConnection {
  readonly display: string
  readonly #socket: Socket
  readonly #secondsToReply: number
  readonly #client: Redis
  #lost: unknown
  #isAnswered = false
  #waiting = 0
  #readBefore = 0

  constructor(socket: Socket, display: string, secondsToReply: number) {
    this.#socket = socket
    this.#secondsToReply = secondsToReply
    this.display = display
    this.#client = new Redis({
      Connector: connectorOf(socket),
      lazyConnect: true,
      // Disables the handshake of ioredis, which logs warnings and uses another order, and disables its reconnects.
      ...{ protocol: 2, enableReadyCheck: false, disableClientInfo: true, retryStrategy: null, reconnectOnError: null },
    })
    this.#client.on('error', (error) => {
      this.#lost ??= sentUnasked(error) ?? error
    })
    this.#client.once('connect', () => {
      const reader = new ReplyReader()
      socket.prependListener('data', (chunk: Buffer) => {
        try {
          if (socket.bytesRead - this.#readBefore > mostBytes) throw tooLong(display)
          // Validates RESP2 first: the parser of ioredis accepts RESP3, and throws outside any promise for some push
          // messages.
          reader.push(Buffer.from(chunk))
          while (reader.next() !== undefined);
        } catch (error) {
          this.close(error)
          // ioredis parses the same chunk next and must not find a reply in it.
          chunk.fill(0)
        }
      })
    })
  }

  /** Whether a command waits for its reply. */
  get isWaiting(): boolean {
    return this.#waiting > 0
  }

  async askText(command: CommandPart, ...parts: readonly CommandPart[]): Promise<TextReply> {
    if (this.#lost !== undefined || this.#socket.destroyed) throw this.#failure()
    this.#waiting += 1
    try {
      const asked = () => this.#client.call(String(command), ...parts.map(argumentOf))
      const reply = await withDeadline(this.#secondsToReply, asked, () => slowReply(this.display, this.#secondsToReply))
      this.#isAnswered = true
      return textIn(reply as Reply)
    } catch (error) {
      if (error instanceof InvalidReply) throw explainRedis(error, this.display)
      if (error instanceof Failure) this.close(error)
      if ((error as Error).name !== 'ReplyError') throw this.#failure(error)
      this.#isAnswered = true
      throw new ReplyError((error as Error).message)
    } finally {
      this.#waiting -= 1
      this.#readBefore = this.#socket.bytesRead
    }
  }

  close(reason?: unknown): void {
    this.#lost ??= reason
    this.#client.disconnect()
    this.#socket.destroy()
  }

  #failure(error?: unknown): Failure {
    if (this.#lost === undefined || this.#lost === error) {
      this.#lost =
        error === undefined || isClosed(error) ? detectedFailure('redis/connection-lost', this.display) : error
    }
    if (!isInvalid(this.#lost)) return explainRedis(this.#lost, this.display)
    // A server that has sent valid Redis replies does not switch to TLS.
    return this.#isAnswered
      ? explainRedis(new InvalidReply(), this.display)
      : detectedFailure('redis/tls', this.display)
  }
}

function connectorOf(socket: Socket): new () => AbstractConnector {
  return class extends AbstractConnector {
    constructor() {
      super(0)
    }

    async connect(): Promise<Socket> {
      return socket
    }

    override disconnect(): void {
      socket.destroy()
    }
  }
}

function argumentOf(part: CommandPart): string | number | Buffer {
  return part instanceof Uint8Array ? Buffer.from(part) : part
}

/** The error that a server sends before any command, for example if it has too many clients. */
function sentUnasked(error: unknown): ReplyError | undefined {
  const said = /^Command queue state error.* Last error: (.*)$/s.exec((error as Error).message)?.[1]
  return said === undefined ? undefined : new ReplyError(said)
}

function isClosed(error: unknown): boolean {
  return (error as Error).message === 'Connection is closed.'
}

/** Whether ioredis could not parse the reply: all other errors have a code, or are a Failure or a ReplyError. */
function isInvalid(error: unknown): boolean {
  return !(error instanceof Failure || error instanceof ReplyError) && (error as { code?: string }).code === undefined
}

function tooLong(display: string): Failure {
  return new Failure('redis/protocol', `${display} sent a reply of more than ${mostBytes >> 20} MiB`, {
    hint: 'Check the address in REDIS_URL, and whether the server is Redis or Valkey.',
  })
}
