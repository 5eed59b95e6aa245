// Admits clients to the scratch server: only sessions of the rehearsal's login in the rehearsal's database.
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { Failure } from '../../../domain/failures/failure.ts'
import { headLength, parseFirstMessage, reasonToRefuse, restLength, startupBytes } from './startup-message.ts'

interface AdmittedLogin {
  readonly user: string
  readonly database: string
}

/** Like the server's authentication_timeout. */
const secondsToStart = 60
const secondsToClose = 2

/**
 * Reads a client's startup message, and connects with `dial` only if it requests exactly `allowed`. Returns the
 * connection, to which the startup message has been sent. Declines encryption (the client is on this machine), and
 * refuses cancel requests and replication. The client receives the reason before its connection ends. Throws
 * `rehearsal/connection-refused`.
 */
export async function admitClient(
  client: Duplex,
  allowed: AdmittedLogin,
  dial: () => Promise<Duplex>,
): Promise<Duplex> {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), secondsToStart * 1000)
  const closed = (): void => over.abort()
  client.once('close', closed)
  try {
    const startup = await readStartup(client, allowed, over.signal)
    const server = await dial()
    server.write(startup)
    return server
  } catch (error) {
    if (error instanceof Failure) await refuse(client, error)
    throw error
  } finally {
    clearTimeout(timer)
    client.off('close', closed)
  }
}

/** Returns the startup message to send. Each kind of encryption may be requested only once. */
async function readStartup(client: Duplex, allowed: AdmittedLogin, signal: AbortSignal): Promise<Buffer> {
  const declined = new Set<string>()
  for (;;) {
    const head = await take(client, headLength, signal)
    const length = restLength(head)
    if (typeof length === 'string') throw refused(length)
    const message = parseFirstMessage(head, length === 0 ? Buffer.alloc(0) : await take(client, length, signal))
    if (message.kind === 'invalid') throw refused(message.reason)
    if (message.kind === 'cancel') throw refused('cancel requests are not permitted')
    if (message.kind === 'startup') {
      const reason = reasonToRefuse(message, allowed)
      if (reason !== undefined) throw refused(reason)
      return startupBytes(message)
    }
    if (declined.has(message.kind)) throw refused('encryption was declined already')
    declined.add(message.kind)
    client.write('N')
  }
}

/** Reads exactly `length` bytes; later bytes remain in the stream. */
async function take(client: Duplex, length: number, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    signal.throwIfAborted()
    const bytes = client.read(length) as Buffer | null
    if (bytes?.length === length) return bytes
    if (bytes || client.readableEnded) throw refused('the startup message ends early')
    await Promise.race([once(client, 'readable', { signal }), once(client, 'end', { signal })])
  }
}

function refused(reason: string): Failure {
  return new Failure('rehearsal/connection-refused', `refused a connection of the rehearsed command: ${reason}`, {
    hint: 'Use DATABASE_URL or the PG variables that the command receives.',
  })
}

/**
 * Sends the client an error as a server would (ErrorResponse, 28000: invalid authorization), and ends the connection.
 */
async function refuse(client: Duplex, { message }: Failure): Promise<void> {
  const body = Buffer.from(`SFATAL\0VFATAL\0C28000\0M${message}\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeUInt32BE(4 + body.length, 1)
  client.end(Buffer.concat([head, body]))
  client.resume()
  await once(client, 'close', { signal: AbortSignal.timeout(secondsToClose * 1000) }).catch(() => {})
}
