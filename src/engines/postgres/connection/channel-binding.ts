// channel_binding=require: the login must be bound to the TLS connection, so that a man in the middle cannot relay it.
import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type pg from 'pg'

interface Connection extends EventEmitter {
  readonly stream: Socket
}

const bound = 'SCRAM-SHA-256-PLUS'

/** Ends the connection before a password is sent by another method. Call it before `client` connects. */
export function requireChannelBinding(client: pg.Client): void {
  const { connection } = client as unknown as { readonly connection: Connection }
  let isBound = false
  const refuse = (): void => {
    connection.stream.destroy(new Error('channel binding is required, and the server did not offer it'))
  }
  connection.prependListener('authenticationSASL', ({ mechanisms }: { readonly mechanisms: readonly string[] }) => {
    isBound = mechanisms.includes(bound)
    if (!isBound) refuse()
  })
  for (const other of ['authenticationCleartextPassword', 'authenticationMD5Password'])
    connection.prependListener(other, refuse)
  connection.prependListener('authenticationOk', () => {
    if (!isBound) refuse()
  })
}
