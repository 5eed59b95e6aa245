// Ends a connection within a time limit, whatever the server does.
import type { Socket } from 'node:net'
import type pg from 'pg'

const milliseconds = 3000

/**
 * Makes `end` resolve after three seconds at most. A program that a hostile database started in the server may hold the
 * server's side of the connection open forever.
 */
export function boundEnd<T extends pg.Client>(client: T): T {
  const end = client.end.bind(client) as () => Promise<void>
  const stream = socketOf(client)
  client.end = (async () => {
    const timer = setTimeout(() => stream.destroy(), milliseconds)
    await end().finally(() => clearTimeout(timer))
  }) as T['end']
  return client
}

/** Returns the socket of an unconnected client; TLS wraps it later. */
export function socketOf(client: pg.Client): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream
}
