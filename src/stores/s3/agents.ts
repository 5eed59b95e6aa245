// The connection pool of the AWS SDK, with timeouts; closes connections to unresponsive servers after an interruption.
import { Agent as PlainAgent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import type { Socket } from 'node:net'
import { watchSocket } from '../../streams/silent-sockets.ts'
import type { RetryPolicy } from './settings.ts'

const settings = { keepAlive: true, maxSockets: 8 }

/** Returns options for `requestHandler` of an SDK client. */
export function requestHandler({ connectTimeout, idleTimeout }: RetryPolicy) {
  return {
    connectionTimeout: connectTimeout * 1000,
    socketTimeout: idleTimeout * 1000,
    httpAgent: watching(new PlainAgent(settings)),
    httpsAgent: watching(new TlsAgent(settings)),
  }
}

function watching<T extends PlainAgent>(agent: T): T {
  const create = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => {
    const { host, port } = options as { readonly host?: string | null; readonly port?: number | string | null }
    const socket = create(options, callback)
    return socket && watchSocket(socket as Socket, { name: `${host}:${port}` })
  }
  return agent
}
