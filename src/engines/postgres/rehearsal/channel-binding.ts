// Removes channel binding from the logins that a server offers. The server offers it because our connection uses TLS;
// the client's does not, and libpq would refuse the offer.
import { Transform } from 'node:stream'

/** Code of AuthenticationSASL: https://www.postgresql.org/docs/current/protocol-message-formats.html */
const sasl = 10
const authentication = 'R'.charCodeAt(0)

/**
 * Passes on the messages of a server, and removes `SCRAM-SHA-256-PLUS` from its first authentication request. Messages
 * after that are passed on unread.
 */
export function withoutChannelBinding(): Transform {
  let waiting: Buffer | undefined = Buffer.alloc(0)
  return new Transform({
    transform(chunk: Buffer, _, done) {
      if (!waiting) return done(null, chunk)
      waiting = Buffer.concat([waiting, chunk])
      while (waiting && waiting.length >= 5 && waiting.length > waiting.readUInt32BE(1)) {
        const end: number = 1 + waiting.readUInt32BE(1)
        const message = waiting.subarray(0, end)
        const rest: Buffer = waiting.subarray(end)
        waiting = message[0] === authentication ? undefined : rest
        this.push(plain(message))
        if (!waiting) this.push(rest)
      }
      done()
    },
    flush(done) {
      if (waiting) this.push(waiting)
      done()
    },
  })
}

function plain(message: Buffer): Buffer {
  if (message[0] !== authentication || message.readUInt32BE(5) !== sasl) return message
  const names = message
    .toString('latin1', 9)
    .split('\0')
    .filter((name) => name !== '' && !name.endsWith('-PLUS'))
  const body = Buffer.from([...names, '', ''].join('\0'), 'latin1')
  const head = Buffer.alloc(9)
  head[0] = authentication
  head.writeUInt32BE(8 + body.length, 1)
  head.writeUInt32BE(sasl, 5)
  return Buffer.concat([head, body])
}
