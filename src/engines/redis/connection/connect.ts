// Connects to a server: with ioredis for commands, without it for bulk data and the replication protocol.
import type { Socket } from 'node:net'
import { Failure } from '../../../domain/failures/failure.ts'
import { displayNode, type RedisAccess, type RedisNode } from './address.ts'
import { ClientConnection } from './client-connection.ts'
import { openSocket, timeLimit } from './connect-socket.ts'
import { type CommandConnection, Connection, type RawConnection } from './connection.ts'
import { detectedFailure, explainRedis, isLoading } from './errors.ts'
import { askForText } from './replies.ts'
import { ReplyError } from './resp.ts'

export type { CommandConnection, RawConnection, TextReply } from './connection.ts'

export interface ConnectOptions {
  readonly signal?: AbortSignal
  /** Receives sentences about what the connection waits for. */
  note?(sentence: string): void
  /** Database to SELECT; default 0. */
  readonly database?: number
  /** Seconds to wait for a server that is still loading its data; default 60. */
  readonly secondsToLoad?: number
  /** Seconds to open the socket, and again to authenticate; default 10. */
  readonly secondsToConnect?: number
  /** Seconds until the complete reply to a short command; default 150. */
  readonly secondsToReply?: number
  /** Seconds that the connection stays open after an abort, so that outstanding replies can be read; default 0. */
  readonly secondsToSettle?: number
}

/**
 * Connects, authenticates and waits for a server that is loading its data. Throws a failure of kind unreachable with a
 * hint. Never shows a password.
 */
export function connectCommands(
  node: RedisNode,
  access: RedisAccess,
  options: ConnectOptions = {},
): Promise<CommandConnection> {
  return connect(node, access, options, (...of) => new ClientConnection(...of))
}

/** As `connectCommands`, for bulk data, large values and the replication protocol. */
export function connectRaw(node: RedisNode, access: RedisAccess, options: ConnectOptions = {}): Promise<RawConnection> {
  return connect(node, access, options, (...of) => new Connection(...of))
}

/** Milliseconds without sent or received data after which a connection that waits for the server is closed. */
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
    () => connection.close(detectedFailure('redis/timeout', connection.display)),
    (options.secondsToConnect ?? timeLimit) * 1000,
  )
  try {
    await authenticate(connection, access)
    await connection.askText('PING').catch((error) => {
      // A user without permission for PING may still have all permissions that the caller needs.
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
    // Before Redis 6, AUTH accepts only a password, but services put an arbitrary user name into the URL.
    if (!/wrong number of arguments/.test(String(error))) throw error
    await connection.askText('AUTH', password ?? '')
  }
}

/**
 * While a server loads data from disk, or a replica from its master, it answers LOADING to most commands, but not to
 * INFO.
 */
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
    if (second >= secondsToLoad) throw detectedFailure('redis/loading', connection.display)
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
