// Builds an RDB from DUMPs. Each DUMP ends with the RDB version that the server writes, which becomes the version of
// the RDB.
import { Failure } from '../../../domain/failures/failure.ts'
import type { RedisProgram } from '../../../domain/redis/products.ts'
import { writtenRdb } from '../../../domain/redis/rdb-versions.ts'
import { RdbWriter } from '../rdb/writer.ts'

/** Bytes of an RDB's body, and the highest version of the DUMPs in it. */
export interface DumpedPiece {
  readonly bytes: Uint8Array
  readonly version: number
}

interface ScanRdb {
  readonly program: RedisProgram
  /** `cache.example.com:6379`. */
  readonly display: string
  /** The reply of FUNCTION DUMP. */
  readonly functions: Buffer | undefined
}

/** Bytes at the end of a DUMP: its version and a checksum. */
export const footer = 10

/** Version in the footer of a DUMP. */
export function versionIn(dump: Buffer): number {
  return dump.length >= footer ? dump.readUInt16LE(dump.length - footer) : 0
}

/**
 * Without a DUMP of a key, uses the version of the functions, or else the one that the server's release writes. Throws
 * Failure('redis/protocol') if the version rises midway.
 */
export async function* rdbOf(pieces: AsyncIterable<DumpedPiece>, scan: ScanRdb): AsyncGenerator<Uint8Array> {
  const { program, display, functions } = scan
  const writer = new RdbWriter()
  let begun: number | undefined
  function* begin(version: number): Generator<Uint8Array> {
    begun = version
    yield writer.header(version)
    yield writer.auxiliary(`${program.product}-ver`, program.version)
    if (functions && functions.length > footer) yield writer.functions(functions)
  }
  for await (const { bytes, version } of pieces) {
    if (begun === undefined) yield* begin(version)
    else if (version > begun) throw changed(display, begun, version)
    yield writer.body(bytes)
  }
  if (begun === undefined) yield* begin((functions && versionIn(functions)) || (writtenRdb(program) ?? oldest))
  yield writer.end()
}

/** RDB version that every server reads. */
const oldest = 6

function changed(display: string, from: number, to: number): Failure {
  return new Failure('redis/protocol', `${display} changed the RDB version of its DUMPs from ${from} to ${to}`, {
    hint: 'It was upgraded while it was read: run again.',
  })
}
