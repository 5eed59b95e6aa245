// Opens sockets to Redis, plain or with TLS.
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { watchSocket } from '../../../streams/silent-sockets.ts'
import { displayNode, type RedisAccess, type RedisNode } from './address.ts'
import { detectedFailure, explainRedis } from './errors.ts'
import { tlsOptions } from './tls.ts'

/** Default of `secondsToConnect`. */
export const timeLimit = 10

/**
 * Returns a connected socket, with TLS if `access` asks for it. Throws a failure of kind unreachable with a hint, or
 * the signal's reason.
 */
export async function openSocket(
  node: RedisNode,
  access: RedisAccess,
  {
    signal,
    secondsToConnect = timeLimit,
  }: { readonly signal?: AbortSignal | undefined; readonly secondsToConnect?: number },
): Promise<Socket> {
  const { host, port } = node
  const secure = await tlsOptions(access, node)
  const socket = secure ? connectTls({ host, port, ...secure }) : connectPlain({ host, port })
  watchSocket(socket, { name: displayNode(node) })
  return new Promise((done, failed) => {
    const fail = (error: unknown) => {
      signal?.removeEventListener('abort', abort)
      clearTimeout(timer)
      socket.destroy()
      failed(signal?.aborted ? signal.reason : explainRedis(error, displayNode(node)))
    }
    const abort = () => fail(signal?.reason)
    const timer = setTimeout(() => fail(detectedFailure('redis/timeout', displayNode(node))), secondsToConnect * 1000)
    signal?.addEventListener('abort', abort, { once: true })
    socket.once('error', fail)
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      signal?.removeEventListener('abort', abort)
      clearTimeout(timer)
      socket.off('error', fail)
      socket.setNoDelay(true).setKeepAlive(true, 30_000)
      done(socket)
    })
  })
}
