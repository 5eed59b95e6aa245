// A connection without a client library in between: for bytes that one would be too slow for, and for the replication protocol.
import type { Socket } from 'node:net'
import { Failure } from '../../domain/failure.ts'
import { displayNode, type RedisAccess, type RedisNode } from './address.ts'
import { openSocket, timeLimit } from './connect-socket.ts'
import { explainRedis, isLoading } from './errors.ts'
import { type CommandPart, encodeCommand, type Reply, ReplyError, ReplyReader } from './resp.ts'

/**
 * Used by one caller at a time for each direction. Every method throws a failure of kind unreachable once the connection is
 * lost.
 */
export interface RawConnection {
  /** `cache.example.com:6379`. */
  readonly display: string
  /** Sends bytes as they are (see `encodeCommand`). Resolves when more may be sent. The bytes must stay as they are until the replies are read. */
  send(bytes: Uint8Array): Promise<void>
  /** The next reply in order; an error that the server answers is given, not thrown. Nothing is read ahead of this but what a socket buffers. */
  readReply(): Promise<Reply>
  /** Sends a command and gives its reply. Throws ReplyError for an error that is answered. */
  ask(...parts: readonly CommandPart[]): Promise<Reply>
  /** As `ask`, bulk strings as texts. */
  askText(...parts: readonly CommandPart[]): Promise<TextReply>
  /** Bytes as they come, for what is no reply; undefined at the end. */
  readBytes(): Promise<Buffer | undefined>
  /** Any number of times. `reason`: the failure of whatever still waits. */
  close(reason?: unknown): void
}

export type TextReply = null | number | string | TextReply[]

export interface ConnectOptions {
  readonly signal?: AbortSignal
  /** Told what is waited for. */
  note?(sentence: string): void
  /** Number to SELECT; absent: that which the server begins with, 0. */
  readonly database?: number
  /** Seconds to wait for a server that is still loading its data; default 60. */
  readonly secondsToLoad?: number
  /** Default 10. */
  readonly secondsToConnect?: number
  /** Seconds that the connection stays open after an abort, so that replies to what was sent are still read; default 0. */
  readonly secondsToSettle?: number
}

/**
 * Connects and authenticates. Waits for a server that is loading. Throws a failure of kind unreachable with a hint; never shows
 * a password.
 */
export async function connectRaw(node: RedisNode, access: RedisAccess, options: ConnectOptions = {}): Promise<RawConnection> {
  options.signal?.throwIfAborted()
  const connection = new Connection(await openSocket(node, access, options), displayNode(node))
  let secondsToSettle = 0
  let settling: NodeJS.Timeout | undefined
  const close = () => connection.close(options.signal?.reason)
  const abort = () => {
    if (secondsToSettle === 0) close()
    else settling = setTimeout(close, secondsToSettle * 1000)
  }
  options.signal?.addEventListener('abort', abort, { once: true })
  connection.onClose(() => {
    clearTimeout(settling)
    options.signal?.removeEventListener('abort', abort)
  })
  const timer = setTimeout(
    () => connection.close(new Failure('redis/timeout', `no answer in time from ${connection.display}`, lateHint)),
    (options.secondsToConnect ?? timeLimit) * 1000,
  )
  try {
    await authenticate(connection, access)
    await connection.ask('PING').catch((error) => {
      // A user who may not even PING may still do what is needed.
      if (!(error instanceof ReplyError) || !/^NOPERM|^LOADING|^MASTERDOWN|^BUSY|^MISCONF/.test(error.message)) throw error
    })
    clearTimeout(timer)
    await untilLoaded(connection, options)
    if (options.database) await connection.ask('SELECT', options.database)
    secondsToSettle = options.secondsToSettle ?? 0
    return connection
  } catch (error) {
    connection.close()
    throw explainRedis(error, connection.display)
  } finally {
    clearTimeout(timer)
  }
}

/** Milliseconds in which a server that is waited for must say or take something. */
const silence = 150_000

const lateHint = {
  hint: 'A firewall or a private network may block the connection. If the server accepts only TLS, use rediss:// in the URL.',
}

async function authenticate(connection: RawConnection, { user, password }: RedisAccess): Promise<void> {
  if (user === undefined && password === undefined) return
  if (user === undefined) {
    await connection.ask('AUTH', password ?? '')
    return
  }
  try {
    await connection.ask('AUTH', user, password ?? '')
  } catch (error) {
    // Before Redis 6 there are no users: services put any name into the URL.
    if (!/wrong number of arguments/.test(String(error))) throw error
    await connection.ask('AUTH', password ?? '')
  }
}

/** A server that loads its data from disk (or a replica from its master) answers LOADING to most; INFO it answers. */
async function untilLoaded(connection: RawConnection, { signal, note, secondsToLoad = 60 }: ConnectOptions): Promise<void> {
  for (let second = 0; ; second += 1) {
    const loading = await connection.ask('INFO', 'persistence').then(
      (info) => /^loading:1/m.test(String(info)),
      (error) => {
        if (error instanceof ReplyError) return isLoading(error)
        throw error
      },
    )
    if (!loading) return
    if (second >= secondsToLoad) throw new ReplyError('LOADING Redis is loading the dataset in memory')
    if (second % 10 === 0) note?.(`Waiting until ${connection.display} has loaded its data`)
    await pause(1000, signal)
  }
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done, failed) => {
    const stop = () => {
      clearTimeout(timer)
      failed(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      done()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

class Connection implements RawConnection {
  readonly display: string
  readonly #socket: Socket
  readonly #reader = new ReplyReader()
  #lost: unknown
  #wake: (() => void)[] = []

  constructor(socket: Socket, display: string) {
    this.#socket = socket
    this.display = display
    const wake = () => {
      for (const each of this.#wake.splice(0)) each()
    }
    socket.on('error', (error) => {
      this.#lost ??= error
      wake()
    })
    for (const event of ['readable', 'end', 'close', 'drain']) socket.on(event, wake)
    socket.setTimeout(silence, () => {
      if (this.#wake.length === 0) return
      this.close(new Failure('redis/timeout', `${display} has neither sent nor accepted data for ${silence / 1000} seconds`))
    })
  }

  onClose(work: () => void): void {
    this.#socket.once('close', work)
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
      const reply = this.#next()
      if (reply !== undefined) return reply
      const chunk = await this.#chunk()
      if (chunk === undefined) throw this.#failure()
      this.#reader.push(chunk)
    }
  }

  async ask(...parts: readonly CommandPart[]): Promise<Reply> {
    await this.send(encodeCommand(...parts))
    const reply = await this.readReply()
    if (reply instanceof ReplyError) throw reply
    return reply
  }

  async askText(...parts: readonly CommandPart[]): Promise<TextReply> {
    return asText(await this.ask(...parts))
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

  #next(): Reply | undefined {
    try {
      return this.#reader.next()
    } catch (error) {
      this.close(error)
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
    return explainRedis(this.#lost ?? new Error('the connection was closed'), this.display)
  }
}

function asText(reply: Reply): TextReply {
  if (Array.isArray(reply)) return reply.map(asText)
  if (reply instanceof ReplyError) return reply.message
  return Buffer.isBuffer(reply) ? reply.toString('utf8') : reply
}
