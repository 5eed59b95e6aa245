// Parses a client's first message to a PostgreSQL server:
// https://www.postgresql.org/docs/current/protocol-message-formats.html

/** Protocol 3; the minor version is negotiated by the server. */
interface StartupMessage {
  readonly kind: 'startup'
  readonly minor: number
  /** In the client's order; bytes as latin1. */
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

type FirstMessage =
  | StartupMessage
  | { readonly kind: 'ssl' | 'gss' | 'cancel' }
  | { readonly kind: 'invalid'; readonly reason: string }

/** Bytes of the length and the code with which every first message begins. */
export const headLength = 8
/** The server's limit: MAX_STARTUP_PACKET_LENGTH of pqcomm.h. */
const longest = 10_000

const codes: Readonly<Record<number, 'ssl' | 'gss' | 'cancel'>> = {
  80877103: 'ssl',
  80877104: 'gss',
  80877102: 'cancel',
}

/** Returns the number of bytes after the head, or the reason why the length is invalid. `head` has 8 bytes. */
export function restLength(head: Buffer): number | string {
  const length = head.readUInt32BE(0)
  return length < headLength || length > longest ? `the first message has ${length} bytes` : length - headLength
}

/** Parses a complete first message. Never throws. */
export function parseFirstMessage(head: Buffer, rest: Buffer): FirstMessage {
  const code = head.readUInt32BE(4)
  const kind = codes[code]
  if (kind === 'cancel') return { kind }
  if (kind) return rest.length === 0 ? { kind } : { kind: 'invalid', reason: 'the encryption request has a body' }
  if (code >>> 16 !== 3) return { kind: 'invalid', reason: `protocol version ${code >>> 16}.${code & 0xff_ff}` }
  const words = rest.toString('latin1').split('\0')
  // name, value, …, the empty name that ends the list, and the empty text after its zero byte.
  const isWhole = words.length % 2 === 0 && words.at(-1) === '' && words.at(-2) === ''
  const names = words.slice(0, -2).filter((_, index) => index % 2 === 0)
  if (!isWhole || names.includes(''))
    return { kind: 'invalid', reason: 'the startup message has an invalid list of parameters' }
  return {
    kind: 'startup',
    minor: code & 0xff_ff,
    parameters: names.map((name, index) => [name, words[2 * index + 1] ?? '']),
  }
}

/** Serializes the parsed message, so that no other bytes of the client reach a server. */
export function startupBytes({ minor, parameters }: StartupMessage): Buffer {
  const body = Buffer.from(`${parameters.flat().join('\0')}\0\0`, 'latin1')
  const head = Buffer.alloc(headLength)
  head.writeUInt32BE(headLength + body.length, 0)
  head.writeUInt32BE(3 * 0x1_00_00 + minor, 4)
  return Buffer.concat([head, body])
}

/**
 * Returns why the session is refused; undefined if it is for exactly this user and database, and not for replication.
 */
export function reasonToRefuse(
  { parameters }: StartupMessage,
  allowed: { readonly user: string; readonly database: string },
): string | undefined {
  const names = parameters.map(([name]) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) return `the parameter ${shown(twice)} is given twice`
  if (names.includes('replication')) return 'replication connections are not permitted'
  for (const name of ['user', 'database'] as const) {
    const value = parameters.find(([each]) => each === name)?.[1]
    if (value !== Buffer.from(allowed[name]).toString('latin1'))
      return `the ${name} ${value === undefined ? 'is missing' : `is ${shown(value)}`}; only ${name} ${shown(allowed[name])} is permitted`
  }
  return undefined
}

function shown(latin1: string): string {
  return JSON.stringify(latin1.slice(0, 80))
}
