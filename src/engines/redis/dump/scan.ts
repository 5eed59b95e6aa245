// Method scan: reads key by key, for servers that refuse replication. SCAN returns all names first, then DUMP reads
// each key.
import { keepYoungSpaceSmall, youngGarbage } from '../../../streams/young-garbage.ts'
import type { RedisNode } from '../connection/address.ts'
import { connectRaw, type RawConnection } from '../connection/connect.ts'
import { explainRedis, isForbidden } from '../connection/errors.ts'
import { infoOf, programOf } from '../connection/info.ts'
import { scanPageIn } from '../connection/replies.ts'
import { InvalidReply } from '../connection/resp.ts'
import { isQueueMeta, mostQueues } from '../rdb/queues.ts'
import { databasesToRead } from './databases.ts'
import { dumped, perKey } from './dumped-keys.ts'
import { expiryBy } from './expiry.ts'
import { Names } from './names.ts'
import { QueueNames, queuesIn } from './queue-names.ts'
import { type DumpedPiece, rdbOf } from './scan-rdb.ts'
import type { ShardRequest, ShardStream } from './shard-stream.ts'

interface ScanOptions {
  /** Empty: all keys. */
  readonly patterns: readonly string[]
  /** Empty: all databases. */
  readonly databases: readonly number[]
  readonly cluster: boolean
  /** Whether the node is a replica in a cluster. */
  readonly readOnly: boolean
}

/** Resolves when the scan can begin. Throws a Failure. The bytes are an RDB that redis-server can load. */
export async function openScan(node: RedisNode, dumpOptions: ScanOptions, request: ShardRequest): Promise<ShardStream> {
  const { access, clock, signal } = request
  keepYoungSpaceSmall()
  const connection = await connectRaw(node, access, { signal, note: (sentence) => request.note(sentence) })
  const notes: string[] = []
  let names: Names | undefined
  try {
    const taken = clock.now()
    if (dumpOptions.readOnly) await connection.ask('READONLY')
    const info = await infoOf(connection)
    const databases = await databasesToRead(connection, info, dumpOptions.databases)
    const functions = await functionsOf(connection, dumpOptions, notes)
    const expiry = await expiryBy(connection, clock)
    const program = programOf(info)
    const seen = { version: 0 }
    async function* pieces(): AsyncGenerator<DumpedPiece> {
      for (const database of databases) {
        if (database !== 0 || databases.length > 1) await connection.ask('SELECT', database)
        names = new Names({ folder: request.temporary })
        const metas = await collect(connection, dumpOptions.patterns, names)
        const queues = {
          names: new QueueNames(await queuesIn(connection, metas), dumpOptions.patterns),
          cluster: dumpOptions.cluster,
          expiry,
          note: (sentence: string) => void (notes.includes(sentence) || notes.push(sentence)),
        }
        yield* dumped(connection, { database, names, queues, seen, temporary: request.temporary })
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

/** Function libraries belong to no database, so a partial backup has none. */
async function functionsOf(
  connection: RawConnection,
  { patterns, databases }: ScanOptions,
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
  if (dump === undefined || Buffer.isBuffer(dump)) return dump
  throw new InvalidReply('FUNCTION DUMP')
}

const countOfScan = 1000

/**
 * Adds the matching names to `names`, in one SCAN pass per pattern, so that the server filters them. Returns names of
 * keys that may be the hash of a queue.
 */
async function collect(connection: RawConnection, patterns: readonly string[], names: Names): Promise<Buffer[]> {
  const metas: Buffer[] = []
  const passed = youngGarbage()
  for (const pattern of patterns.length > 0 ? patterns : [undefined]) {
    let cursor = '0'
    do {
      const match = pattern === undefined ? [] : ['MATCH', pattern]
      const answer = await connection.ask('SCAN', cursor, ...match, 'COUNT', countOfScan)
      const { cursor: next, keys: found } = scanPageIn(answer)
      cursor = next
      await names.add(found)
      for (const name of found) if (isQueueMeta(name) && metas.length < mostQueues) metas.push(name)
      passed(found.length * perKey)
    } while (cursor !== '0')
  }
  return metas
}
