// Connects to a server: for commands by a client library, for bulk data and the replication protocol without one.
import type { Socket } from 'node:net'
import { Failure } from '../../../domain/failures/failure.ts'
import { displayNode, type RedisAccess, type RedisNode } from './address.ts'
import { ClientConnection } from './client-connection.ts'
import { openSocket, timeLimit } from './connect-socket.ts'
import { type CommandConnection, Connection, type RawConnection } from './connection.ts'
import { explainRedis, isLoading, noticed } from './errors.ts'
import { askForText } from './replies.ts'
import { ReplyError } from './resp.ts'

export type { CommandConnection, RawConnection, TextReply } from './connection.ts'

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
  /** Seconds for a short command and its complete reply; default 150. */
  readonly secondsToReply?: number
  /**
   * Seconds that the connection stays open after an abort, so that replies to what was sent are still read; default 0.
   */
  readonly secondsToSettle?: number
}

/**
 * A connection for commands. Connects and authenticates. Waits for a server that is loading. Throws a failure of kind
 * unreachable with a hint; never shows a password.
 */
export function connectCommands(
  node: RedisNode,
  access: RedisAccess,
  options: ConnectOptions = {},
): Promise<CommandConnection> {
  return connect(node, access, options, (...of) => new ClientConnection(...of))
}

/** As `connectCommands`: a connection for bulk data, large values and the replication protocol. */
export function connectRaw(node: RedisNode, access: RedisAccess, options: ConnectOptions = {}): Promise<RawConnection> {
  return connect(node, access, options, (...of) => new Connection(...of))
}

/** Milliseconds in which a server that is waited for must send or accept data. */
const silence = 150_000

async function connect<T extends CommandConnection & { readonly isWaiting: boolean }>(
  node: RedisNode,
  access: RedisAccess,
  options: ConnectOptions,
  connectionOf: (socket: Socket, display: string, secondsToReply: number) => T,
): Promise<T> {
  options.signal?.throwIfAborted()
  const socket = await openSocket(node, access, options)
  const connection = connectionOf(socket, displayNode(node), options.secondsToReply ?? silence / 1000)
  socket.setTimeout(silence, () => {
    if (connection.isWaiting) connection.close(silent(connection.display))
  })
  let secondsToSettle = 0
  let settling: NodeJS.Timeout | undefined
  const close = () => connection.close(options.signal?.reason)
  const abort = () => {
    if (secondsToSettle === 0) close()
    else settling = setTimeout(close, secondsToSettle * 1000)
  }
  options.signal?.addEventListener('abort', abort, { once: true })
  socket.once('close', () => {
    clearTimeout(settling)
    options.signal?.removeEventListener('abort', abort)
  })
  const timer = setTimeout(
    () => connection.close(noticed('redis/timeout', connection.display)),
    (options.secondsToConnect ?? timeLimit) * 1000,
  )
  try {
    await authenticate(connection, access)
    await connection.askText('PING').catch((error) => {
      // A user who may not even PING may still do what is needed.
      if (!(error instanceof ReplyError) || !/^NOPERM|^LOADING|^MASTERDOWN|^BUSY|^MISCONF/.test(error.message))
        throw error
    })
    clearTimeout(timer)
    await untilLoaded(connection, options)
    if (options.database) await connection.askText('SELECT', options.database)
    secondsToSettle = options.secondsToSettle ?? 0
    return connection
  } catch (error) {
    connection.close()
    throw explainRedis(error, connection.display)
  } finally {
    clearTimeout(timer)
  }
}

function silent(display: string): Failure {
  return new Failure('redis/timeout', `${display} has neither sent nor accepted data for ${silence / 1000} seconds`)
}

async function authenticate(connection: CommandConnection, { user, password }: RedisAccess): Promise<void> {
  if (user === undefined && password === undefined) return
  if (user === undefined) {
    await connection.askText('AUTH', password ?? '')
    return
  }
  try {
    await connection.askText('AUTH', user, password ?? '')
  } catch (error) {
    // Before Redis 6 there are no users: services put any name into the URL.
    if (!/wrong number of arguments/.test(String(error))) throw error
    await connection.askText('AUTH', password ?? '')
  }
}

/** A server that loads its data from disk (or a replica from its master) answers LOADING to most; INFO it answers. */
async function untilLoaded(
  connection: CommandConnection,
  { signal, note, secondsToLoad = 60 }: ConnectOptions,
): Promise<void> {
  for (let second = 0; ; second += 1) {
    const loading = await askForText(connection, 'INFO', 'persistence').then(
      (info) => /^loading:1/m.test(info),
      (error) => {
        if (error instanceof ReplyError) return isLoading(error)
        throw error
      },
    )
    if (!loading) return
    if (second >= secondsToLoad) throw noticed('redis/loading', connection.display)
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
