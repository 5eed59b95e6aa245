// Opens a connection to a server for a client that uses PostgreSQL's protocol without TLS. If the server requires TLS,
// it is added here.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Address } from '../connection/address.ts'
import { tlsOptions } from '../connection/tls.ts'
import { withoutChannelBinding } from './channel-binding.ts'

/** Length 8 and the code of SSLRequest: https://www.postgresql.org/docs/current/protocol-message-formats.html */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/** Connects according to the address's sslmode. Throws a Failure of kind unreachable. */
export async function dialServer(address: Address): Promise<Duplex> {
  const { host, port, sslMode } = address
  const socket = await opened(
    host.startsWith('/')
      ? connect({ path: `${host}/.s.PGSQL.${port}` })
      : connect({ host: address.hostAddress ?? host, port }),
    address,
  )
  if (!mayUseTls(address)) return socket
  if (address.sslNegotiation === 'direct') return secured(socket, address)
  socket.write(sslRequest)
  const answer = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [])])
  socket.pause()
  if (String(answer[0]) === 'S') return secured(socket, address)
  if (String(answer[0]) === 'N' && sslMode === 'prefer') return socket
  socket.destroy()
  throw unreachable(address, 'it does not support TLS, which sslmode requires')
}

/** Whether the connection to the server may use TLS, so that the client must not request it again. */
export function mayUseTls({ host, sslMode }: Address): boolean {
  return !host.startsWith('/') && sslMode !== 'disable' && sslMode !== 'allow'
}

async function secured(socket: Socket, address: Address): Promise<Duplex> {
  const options = { socket, ALPNProtocols: ['postgresql'], ...(await tlsOptions(address)) }
  const secure = await opened(connectTls(options), address, 'secureConnect')
  const said = secure.pipe(withoutChannelBinding())
  secure.once('error', (error) => said.destroy(error))
  return Duplex.from({ readable: said, writable: secure })
}

async function opened<T extends Socket>(socket: T, address: Address, event = 'connect'): Promise<T> {
  try {
    await once(socket, event)
    return socket
  } catch (error) {
    socket.destroy()
    throw unreachable(address, (error as Error).message, error)
  }
}

function unreachable({ display }: Address, reason: string, cause?: unknown): Failure {
  return new Failure(
    'rehearsal/scratch-unreachable',
    `could not connect the rehearsed command to ${display}: ${reason}`,
    {
      hint: 'Check that the scratch server runs and accepts connections.',
      cause,
    },
  )
}
