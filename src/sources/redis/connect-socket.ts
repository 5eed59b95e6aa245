// Sockets to Redis, plain and with TLS.
import { readFile } from 'node:fs/promises'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Failure } from '../../domain/failure.ts'
import { displayNode, type RedisAccess, type RedisNode } from './address.ts'
import { explainRedis } from './errors.ts'

/** Seconds to connect, by default. */
export const timeLimit = 10

/** What `tls.connect` and ioredis need besides host and port; undefined without TLS. */
export async function tlsOptions(
  { tls, tlsCa }: RedisAccess,
  { host }: RedisNode,
): Promise<{ ca?: Buffer; servername?: string } | undefined> {
  if (!tls) return undefined
  const name = isIP(host) ? {} : { servername: host }
  if (tlsCa === undefined) return name
  const ca = await readFile(tlsCa).catch((error) => {
    throw new Failure('file/not-found', `could not read the CA file: ${tlsCa}`, {
      hint: 'Check --redis-tls-ca.',
      cause: error,
    })
  })
  return { ...name, ca }
}

/**
 * A socket that is connected, with TLS where that is asked for. Throws a failure of kind unreachable with a hint, or the
 * signal's reason.
 */
export async function openSocket(
  node: RedisNode,
  access: RedisAccess,
  { signal, secondsToConnect = timeLimit }: { readonly signal?: AbortSignal | undefined; readonly secondsToConnect?: number },
): Promise<Socket> {
  const { host, port } = node
  const secure = await tlsOptions(access, node)
  const socket = secure ? connectTls({ host, port, ...secure }) : connectPlain({ host, port })
  return new Promise((done, failed) => {
    const fail = (error: unknown) => {
      signal?.removeEventListener('abort', abort)
      clearTimeout(timer)
      socket.destroy()
      failed(signal?.aborted ? signal.reason : explainRedis(error, displayNode(node)))
    }
    const abort = () => fail(signal?.reason)
    const timer = setTimeout(() => fail(new Error('timed out')), secondsToConnect * 1000)
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
