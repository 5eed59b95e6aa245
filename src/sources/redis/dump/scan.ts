// The data key by key: for servers that let nobody replicate them. Names come first, each once; then DUMP gives every key.
import { youngGarbage } from '../../../streams/young-garbage.ts'
import type { RedisNode } from '../address.ts'
import { connectRaw, type RawConnection } from '../connect-raw.ts'
import { explainRedis, isForbidden } from '../errors.ts'
import { infoOf, programOf } from '../info.ts'
import { keyBytes, selectBytes } from '../rdb/writer.ts'
import { encodeCommands, type Reply, ReplyError } from '../resp.ts'
import { databasesToRead } from './databases.ts'
import { type Expiry, expiryBy, expiryOf } from './expiry.ts'
import { Names } from './names.ts'
import { type DumpedPiece, rdbOf, versionIn } from './scan-rdb.ts'
import type { ShardRequest, ShardStream } from './shard-stream.ts'

export interface ScanWish {
  /** Empty: all keys. */
  readonly patterns: readonly string[]
  /** Empty: all databases. */
  readonly databases: readonly number[]
  /** In a cluster, on a replica. */
  readonly readOnly: boolean
}

/** Resolves when it may begin. Throws a Failure. The bytes are an RDB that redis-server loads. */
export async function openScan(node: RedisNode, wish: ScanWish, request: ShardRequest): Promise<ShardStream> {
  const { access, clock, signal } = request
  const connection = await connectRaw(node, access, { signal, note: (sentence) => request.note(sentence) })
  const notes: string[] = []
  let names: Names | undefined
  try {
    const taken = clock.now()
    if (wish.readOnly) await connection.ask('READONLY')
    const info = await infoOf(connection)
    const databases = await databasesToRead(connection, info, wish.databases)
    const functions = await functionsOf(connection, wish, notes)
    const expiry = await expiryBy(connection, clock)
    const program = programOf(info)
    async function* pieces(): AsyncGenerator<DumpedPiece> {
      for (const database of databases) {
        if (database !== 0 || databases.length > 1) await connection.ask('SELECT', database)
        names = new Names({ folder: request.temporary })
        await collect(connection, wish.patterns, names)
        yield* dumped(connection, { database, names, expiry })
        await names.close()
      }
    }
    return {
      ...{ taken, notes },
      async *bytes() {
        try {
          yield* rdbOf(pieces(), { program, display: connection.display, functions })
        } catch (error) {
          throw signal.aborted ? signal.reason : explainRedis(error, connection.display)
        } finally {
          connection.close()
        }
      },
      async close() {
        connection.close()
        await names?.close()
      },
    }
  } catch (error) {
    connection.close()
    throw signal.aborted ? signal.reason : explainRedis(error, connection.display)
  }
}

/** Function libraries are of no database: a part has none. */
async function functionsOf(
  connection: RawConnection,
  { patterns, databases }: ScanWish,
  notes: string[],
): Promise<Buffer | undefined> {
  if (patterns.length + databases.length > 0) return undefined
  const dump = await connection.ask('FUNCTION', 'DUMP').catch((error) => {
    if (!isForbidden(error)) throw error
    // Before Redis 7 there are no functions.
    if (/^NOPERM/.test((error as Error).message)) {
      notes.push(
        'Function libraries are not in this backup, because the user cannot run FUNCTION DUMP (ACL rule +function|dump).',
      )
    }
    return undefined
  })
  return Buffer.isBuffer(dump) ? dump : undefined
}

const countOfScan = 1000
/** What a key leaves behind besides its bytes, about. */
const perKey = 500

/** One pass for each pattern: the server leaves out what does not match. */
async function collect(connection: RawConnection, patterns: readonly string[], names: Names): Promise<void> {
  const passed = youngGarbage()
  for (const pattern of patterns.length > 0 ? patterns : [undefined]) {
    let cursor: Reply = '0'
    do {
      const match = pattern === undefined ? [] : ['MATCH', pattern]
      const answer: Reply = await connection.ask('SCAN', String(cursor), ...match, 'COUNT', countOfScan)
      const [next, page] = Array.isArray(answer) ? answer : []
      cursor = String(next)
      const found = (Array.isArray(page) ? page : []).filter((name) => Buffer.isBuffer(name))
      await names.add(found)
      passed(found.length * perKey)
    } while (cursor !== '0')
  }
}

interface Dumping {
  readonly database: number
  readonly names: Names
  readonly expiry: Expiry
}

/** Bytes that may be on their way at a time, by what keys were like so far; what is asked for waits in the server's memory. */
const inFlight = 4 << 20
const mostInFlight = 1000
/** Pieces given on are about so large. */
const piece = 128 << 10

async function* dumped(connection: RawConnection, { database, names, expiry }: Dumping): AsyncGenerator<DumpedPiece> {
  let ready: Buffer[] = []
  let isSelected = false
  let size = 0
  let version = 0
  let average = inFlight / 16
  const passed = youngGarbage()
  for await (const part of names.unique()) {
    for (let at = 0; at < part.length; ) {
      const batch = part.slice(at, at + Math.max(1, Math.min(mostInFlight, Math.floor(inFlight / Math.max(1, average)))))
      at += batch.length
      await connection.send(
        encodeCommands(
          batch.flatMap((key) => [
            ['DUMP', key],
            [expiry.command, key],
          ]),
        ),
      )
      let bytes = 0
      for (const key of batch) {
        const dump = await connection.readReply()
        const time = await connection.readReply()
        if (dump instanceof ReplyError) throw dump
        const expireAt = expiryOf(expiry, time)
        if (!Buffer.isBuffer(dump) || expireAt === 'gone') continue
        bytes += dump.length
        if (!isSelected) ready.push(selectBytes(database))
        isSelected = true
        const written = keyBytes({ key, expireAt, dump })
        ready.push(written)
        size += written.length
        version = Math.max(version, versionIn(dump))
        if (size < piece) continue
        yield { bytes: Buffer.concat(ready), version }
        ready = []
        size = 0
      }
      passed(bytes + batch.length * perKey)
      average = Math.max(bytes / batch.length, average / 2)
    }
  }
  if (ready.length > 0) yield { bytes: Buffer.concat(ready), version }
}
