// Checks whether a PostgreSQL server responds.
import { connect } from 'node:net'
import type { Address } from './address.ts'

/** SSLRequest: every server and pooler responds with one byte, before any login. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/**
 * Connects and waits for the first byte. Returns false if the signal is aborted or the connection fails; a closed
 * connection counts as a response.
 */
export function answersAtAll({ host, hostAddress, port }: Address, signal: AbortSignal): Promise<boolean> {
  const to = hostAddress ?? host
  const socket = connect(to.startsWith('/') ? { path: `${to}/.s.PGSQL.${port}` } : { host: to, port })
  return new Promise((resolve) => {
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    signal.addEventListener('abort', () => settle(false), { once: true })
    socket.once('data', () => settle(true)).once('end', () => settle(true))
    socket.once('error', () => settle(false))
    socket.write(sslRequest)
  })
}
