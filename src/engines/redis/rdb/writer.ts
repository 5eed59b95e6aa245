// Makes an RDB out of what DUMP and FUNCTION DUMP gave: type byte, serialized value, 2 bytes version, 8 bytes CRC-64.
import { Failure } from '../../../domain/failures/failure.ts'
import { Crc64 } from './crc64.ts'
import { opcodes } from './types.ts'

const footerSize = 10
const newestOfRedis = 79

/** Bytes of each part, to be written one after the other; the writer keeps nothing but the checksum. */
export class RdbWriter {
  readonly #crc = new Crc64()

  /** First of all. `version`: that of the DUMPs, 10 for Redis 7.0. */
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

  /** Keys after this are of this database. */
  selectDatabase(database: number): Buffer {
    return this.#add(selectBytes(database))
  }

  /** As `keyBytes`. */
  key(key: DumpedKey): Buffer {
    return this.#add(keyBytes(key))
  }

  /** Bytes of `selectBytes` and `keyBytes`. */
  body<T extends Uint8Array>(bytes: T): T {
    return this.#add(bytes)
  }

  /** What FUNCTION DUMP gave. Before the keys, as Redis has it. */
  functions(dump: Uint8Array): Buffer {
    return this.#add(Buffer.from(dump.subarray(0, Math.max(0, dump.length - footerSize))))
  }

  /** Last of all. */
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
  /** What DUMP gave. */
  readonly dump: Uint8Array
}

/** What stands before the value of a key. `type`: the first byte of its DUMP. */
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

/** A key as an RDB has it. Throws Failure('redis/rdb-damaged') for a DUMP that is none. */
export function keyBytes({ dump, ...key }: DumpedKey): Buffer {
  const value = valueIn(dump)
  return Buffer.concat([keyHead(key, dump[0] as number), value])
}

/** Keys after this are of this database. */
export function selectBytes(database: number): Buffer {
  return Buffer.concat([Buffer.of(opcodes.select), length(database)])
}

/** A DUMP without its type and its footer. Throws `redis/rdb-damaged` for one that is too short. */
export function valueIn(dump: Uint8Array): Uint8Array {
  if (dump.length >= footerSize + 2) return dump.subarray(1, dump.length - footerSize)
  throw new Failure('redis/rdb-damaged', 'the DUMP of a key is truncated', { hint: 'Make a new backup.' })
}

/** A DUMP of what RdbReader tells of a key: `code`, its pieces of value, and the RDB's version. */
export function dumpOf(code: number, value: readonly Uint8Array[], version: number): Buffer {
  const body = Buffer.concat([Buffer.of(code), ...value, Buffer.of(version & 0xff, version >> 8)])
  const crc = new Crc64()
  crc.update(body)
  return Buffer.concat([body, crc.digest()])
}

function string(text: Buffer): Buffer {
  return Buffer.concat([length(text.length), text])
}

/** Big endian behind two bits that tell how long. */
function length(count: number): Buffer {
  if (count < 0x40) return Buffer.of(count)
  if (count < 0x4000) return Buffer.of(0x40 | (count >> 8), count & 0xff)
  const bytes = Buffer.alloc(count < 2 ** 32 ? 5 : 9)
  bytes[0] = count < 2 ** 32 ? 0x80 : 0x81
  if (count < 2 ** 32) bytes.writeUInt32BE(count, 1)
  else bytes.writeBigUInt64BE(BigInt(count), 1)
  return bytes
}
