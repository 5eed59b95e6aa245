// Builds an RDB from replies of DUMP and FUNCTION DUMP: type byte, serialized value, 2 bytes version, 8 bytes CRC-64.
import { Failure } from '../../../domain/failures/failure.ts'
import { Crc64 } from './crc64.ts'
import { opcodes } from './types.ts'

const footerSize = 10
const newestOfRedis = 79

/** Returns the bytes of each part, to be written in order; stores only the checksum. */
export class RdbWriter {
  readonly #crc = new Crc64()

  /** Call first. `version`: that of the DUMPs, such as 10 for Redis 7.0. */
  header(version: number): Buffer {
    const text =
      version > newestOfRedis ? `VALKEY${String(version).padStart(3, '0')}` : `REDIS${String(version).padStart(4, '0')}`
    return this.#add(Buffer.from(text))
  }

  auxiliary(name: string, value: string): Buffer {
    return this.#add(
      Buffer.concat([Buffer.of(opcodes.auxiliary), string(Buffer.from(name)), string(Buffer.from(value))]),
    )
  }

  /** Selects the database of the keys that follow. */
  selectDatabase(database: number): Buffer {
    return this.#add(selectBytes(database))
  }

  /** As `keyBytes`. */
  key(key: DumpedKey): Buffer {
    return this.#add(keyBytes(key))
  }

  /** Adds bytes of `selectBytes` and `keyBytes` to the checksum and returns them. */
  body<T extends Uint8Array>(bytes: T): T {
    return this.#add(bytes)
  }

  /** Adds the reply of FUNCTION DUMP. Call before the keys, as in an RDB of Redis. */
  functions(dump: Uint8Array): Buffer {
    return this.#add(Buffer.from(dump.subarray(0, Math.max(0, dump.length - footerSize))))
  }

  /** Call last. */
  end(): Buffer {
    const mark = this.#add(Buffer.of(opcodes.end))
    return Buffer.concat([mark, this.#crc.digest()])
  }

  #add<T extends Uint8Array>(bytes: T): T {
    this.#crc.update(bytes)
    return bytes
  }
}

export interface DumpedKey {
  readonly key: Uint8Array
  /** Milliseconds since 1970. */
  readonly expireAt?: number | undefined
  /** The reply of DUMP. */
  readonly dump: Uint8Array
}

/** Returns the bytes before the value of a key. `type`: the first byte of its DUMP. */
export function keyHead({ key, expireAt }: Omit<DumpedKey, 'dump'>, type: number): Buffer {
  const name = length(key.length)
  const head = expireAt === undefined ? 0 : 9
  const bytes = Buffer.allocUnsafe(head + 1 + name.length + key.length)
  if (expireAt !== undefined) {
    bytes[0] = opcodes.expireMilliseconds
    bytes.writeBigInt64LE(BigInt(expireAt), 1)
  }
  bytes[head] = type
  bytes.set(name, head + 1)
  bytes.set(key, head + 1 + name.length)
  return bytes
}

/** Encodes a key for an RDB. Throws Failure('redis/rdb-damaged') for a DUMP that is too short. */
export function keyBytes({ dump, ...key }: DumpedKey): Buffer {
  const value = valueIn(dump)
  return Buffer.concat([keyHead(key, dump[0] as number), value])
}

/** Selects the database of the keys that follow. */
export function selectBytes(database: number): Buffer {
  return Buffer.concat([Buffer.of(opcodes.select), length(database)])
}

/** Returns a DUMP without its type byte and its footer. Throws `redis/rdb-damaged` if it is too short. */
export function valueIn(dump: Uint8Array): Uint8Array {
  if (dump.length >= footerSize + 2) return dump.subarray(1, dump.length - footerSize)
  throw new Failure('redis/rdb-damaged', 'the DUMP of a key is truncated', { hint: 'Make a new backup.' })
}

/** Builds a DUMP from what RdbReader passes for a key: `code`, its pieces of value, and the RDB's version. */
export function dumpOf(code: number, value: readonly Uint8Array[], version: number): Buffer {
  const body = Buffer.concat([Buffer.of(code), ...value, Buffer.of(version & 0xff, version >> 8)])
  const crc = new Crc64()
  crc.update(body)
  return Buffer.concat([body, crc.digest()])
}

function string(text: Buffer): Buffer {
  return Buffer.concat([length(text.length), text])
}

/** Encodes a length: big endian after two bits that state its size. */
function length(count: number): Buffer {
  if (count < 0x40) return Buffer.of(count)
  if (count < 0x4000) return Buffer.of(0x40 | (count >> 8), count & 0xff)
  const bytes = Buffer.alloc(count < 2 ** 32 ? 5 : 9)
  bytes[0] = count < 2 ** 32 ? 0x80 : 0x81
  if (count < 2 ** 32) bytes.writeUInt32BE(count, 1)
  else bytes.writeBigUInt64BE(BigInt(count), 1)
  return bytes
}
