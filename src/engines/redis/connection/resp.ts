// RESP2, the wire protocol of Redis: encodes commands, and parses replies from chunks of any size.

/**
 * A parsed reply. A simple string is a `string`, a bulk string a copied `Buffer`; an error reply is a value and is not
 * thrown.
 */
export type Reply = null | number | string | Buffer | ReplyError | Reply[]

/** An error reply. `message` begins with its code: `WRONGPASS invalid …`. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError'
}

/** Invalid RESP2 bytes or a reply of the wrong type: the server is not Redis, or only one side uses TLS. */
export class InvalidReply extends Error {
  override readonly name = 'InvalidReply'

  /** `command`: the command whose reply is valid RESP2, but has an unexpected type. */
  constructor(command?: string) {
    super(command === undefined ? 'not a valid Redis reply' : `the reply to ${command} has an unexpected type`)
  }
}

export type CommandPart = string | number | Uint8Array

/** Encodes a command. Strings are encoded as UTF-8. */
export function encodeCommand(...parts: readonly CommandPart[]): Buffer {
  return encodeCommands([parts])
}

/** Encodes several commands, to be sent together. */
export function encodeCommands(commands: readonly (readonly CommandPart[])[]): Buffer {
  let size = 0
  for (const parts of commands) {
    size += headSize
    for (const part of parts)
      size += headSize + (part instanceof Uint8Array ? part.length : Buffer.byteLength(String(part)))
  }
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  const put = (text: string) => {
    at += bytes.write(text, at, 'utf8')
  }
  for (const parts of commands) {
    put(`*${parts.length}\r\n`)
    for (const part of parts) {
      const value = part instanceof Uint8Array ? part : String(part)
      put(`$${typeof value === 'string' ? Buffer.byteLength(value) : value.length}\r\n`)
      if (typeof value === 'string') put(value)
      else {
        bytes.set(value, at)
        at += value.length
      }
      put('\r\n')
    }
  }
  return bytes.subarray(0, at)
}

/** Bytes for a type byte, a number and two line ends. */
const headSize = 24

const nothing = Buffer.alloc(0)

/** An array that is not complete yet. */
interface Open {
  readonly items: Reply[]
  readonly count: number
}

/** A bulk string that is not complete yet. */
interface OpenBulk {
  /** Its bytes and the two bytes of its line end. */
  readonly bytes: Buffer
  filled: number
}

/** Parses replies from chunks of any size. A chunk is released once it is parsed. */
export class ReplyReader {
  #bytes: Buffer = nothing
  #at = 0
  #open: Open[] = []
  #bulk: OpenBulk | undefined
  /** Array items and bulk string bytes of the incomplete reply. */
  #items = 0
  #bulkBytes = 0
  /** Bytes of a large bulk string that have not been returned yet. */
  #large = 0

  /** Call only after `next` has returned undefined, or memory grows. */
  push(chunk: Buffer): void {
    const rest = this.#bytes.length - this.#at
    this.#bytes = rest === 0 ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk])
    this.#at = 0
  }

  /** Returns the next reply; undefined if bytes are missing. Throws InvalidReply for bytes that are not RESP2. */
  next(): Reply | undefined {
    return this.#next(Number.POSITIVE_INFINITY) as Reply | undefined
  }

  /**
   * As `next`, but returns only the length of a bulk string of more than `most` bytes. `part` returns its bytes, which
   * must all be read before the next reply.
   */
  nextOrLarge(most: number): Reply | LargeBulk | undefined {
    return this.#next(most)
  }

  /**
   * Returns bytes of the large bulk string, in a buffer that the caller may keep; empty if bytes are missing, undefined
   * after its end.
   */
  part(): Buffer | undefined {
    const missing = this.#large
    const bytes = this.#bytes.subarray(this.#at, this.#at + missing)
    this.#at += bytes.length
    this.#large -= bytes.length
    if (bytes.length > 0 || missing > 0) return bytes
    if (this.#bytes.length - this.#at < lineEnd) return nothing
    this.#at += lineEnd
    return undefined
  }

  #next(most: number): Reply | LargeBulk | undefined {
    for (;;) {
      const value = this.#value(most)
      if (value === undefined || value instanceof LargeBulk) return value
      const whole = value instanceof OpenList ? this.#opened(value) : this.#placed(value)
      if (whole === undefined) continue
      this.#items = this.#bulkBytes = 0
      return whole
    }
  }

  /** Returns the bytes that no reply has used, and forgets them. */
  rest(): Buffer {
    const rest = this.#bytes.subarray(this.#at)
    this.#bytes = nothing
    this.#at = 0
    return rest
  }

  #opened({ count }: OpenList): Reply | undefined {
    this.#items += count
    if (this.#items > mostItems || this.#open.length === deepest) throw new InvalidReply()
    if (count === 0) return this.#placed([])
    this.#open.push({ items: [], count })
    return undefined
  }

  /** Adds a value to the innermost open array; returns the reply if the value completes it. */
  #placed(value: Reply): Reply | undefined {
    let done = value
    for (let list = this.#open.at(-1); list; list = this.#open.at(-1)) {
      list.items.push(done)
      if (list.items.length < list.count) return undefined
      this.#open.pop()
      done = list.items
    }
    return done
  }

  #value(most: number): Reply | OpenList | LargeBulk | undefined {
    if (this.#bulk) return this.#filled(this.#bulk)
    const end = this.#bytes.indexOf('\r\n', this.#at, 'latin1')
    if (end < 0) {
      if (this.#bytes.length - this.#at > longestLine) throw new InvalidReply()
      return undefined
    }
    const sign = this.#bytes[this.#at]
    const line = this.#bytes.toString('utf8', this.#at + 1, end)
    this.#at = end + 2
    switch (sign) {
      case 0x24: // $
        return this.#bulkOf(numberIn(line), most)
      case 0x2a: // *
        return numberIn(line) < 0 ? absent(numberIn(line)) : new OpenList(numberIn(line))
      case 0x3a: // :
        return numberIn(line)
      case 0x2b: // +
        return line
      case 0x2d: // -
        return new ReplyError(line)
      default:
        throw new InvalidReply()
    }
  }

  #bulkOf(length: number, most: number): Reply | LargeBulk | undefined {
    if (length < 0) return absent(length)
    if (length > most && this.#open.length === 0) {
      this.#large = length
      return new LargeBulk(length)
    }
    this.#bulkBytes += length
    if (this.#bulkBytes > mostBytes) throw new InvalidReply()
    this.#bulk = {
      bytes: length < small ? Buffer.allocUnsafe(length + 2) : Buffer.allocUnsafeSlow(length + 2),
      filled: 0,
    }
    return this.#filled(this.#bulk)
  }

  #filled(bulk: OpenBulk): Reply | undefined {
    const taken = this.#bytes.copy(bulk.bytes, bulk.filled, this.#at)
    bulk.filled += taken
    this.#at += taken
    if (bulk.filled < bulk.bytes.length) return undefined
    this.#bulk = undefined
    return bulk.bytes.subarray(0, -2)
  }
}

/** A bulk string that is read with `part` instead of being buffered. */
export class LargeBulk {
  readonly length: number

  constructor(length: number) {
    this.length = length
  }
}

class OpenList {
  readonly count: number

  constructor(count: number) {
    this.count = count
  }
}

const longestLine = 64 << 10
/** Limits of a reply, beyond what any server sends, so that a hostile server cannot exhaust the memory. */
const [mostBytes, mostItems, deepest] = [1 << 30, 4_000_000, 32]
const lineEnd = 2
/** Bytes; shorter bulk strings share pooled memory, because a separate allocation would be most of their cost. */
const small = 4 << 10

/** The length of a null reply is -1. */
function absent(length: number): null {
  if (length === -1) return null
  throw new InvalidReply()
}

function numberIn(line: string): number {
  if (!/^[-+]?\d{1,20}$/.test(line)) throw new InvalidReply()
  return Number(line)
}
