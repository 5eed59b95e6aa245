// Method replica: requests replication, so that the server forks once and sends its RDB over the connection.
import { Spool } from '../../../streams/files/spool.ts'
import type { RedisNode } from '../connection/address.ts'
import { connectCommands, connectRaw, type RawConnection } from '../connection/connect.ts'
import { explainRedis } from '../connection/errors.ts'
import { infoOf } from '../connection/info.ts'
import { encodeCommand, ReplyError } from '../connection/resp.ts'
import { type Frame, ReplicaBytes } from './replica-bytes.ts'
import { type ShardRequest, type ShardStream, using } from './shard-stream.ts'

/**
 * Seconds without a byte after which the connection is closed; a server sends a ping every 10 s
 * (repl-ping-replica-period).
 */
const silence = 120

/**
 * Resolves when the RDB begins to arrive. From then on it is read as fast as it arrives, even if the caller does not
 * read it: a replica that stalls costs the server memory and is disconnected. Throws a Failure; its cause is a
 * ReplyError if the server refuses.
 */
export async function openReplicaStream(node: RedisNode, request: ShardRequest): Promise<ShardStream> {
  const { access, clock, signal, temporary } = request
  const before = await saveUnderWay(node, request)
  const connection = await connectRaw(node, access, { signal, note: (sentence) => request.note(sentence) })
  const replica = new ReplicaBytes(connection, silence)
  try {
    const replication = await handshake(connection, replica)
    const answered = clock.now()
    const frame = await replica.frame()
    const taken = await instantOf(node, request, answered, before)
    const spool = new Spool({ folder: temporary })
    const pumped = pump(connection, replica.rdb(frame), spool)
    return streamOf({ connection, spool, pumped, taken, frame, replication })
  } catch (error) {
    connection.close()
    throw signal.aborted ? signal.reason : explainRedis(error, connection.display)
  }
}

/** Returns the replication ID and offset if the server sends them. */
async function handshake(connection: RawConnection, replica: ReplicaBytes): Promise<ShardStream['replication']> {
  // An older server may refuse options that it does not know.
  for (const option of [
    ['capa', 'eof'],
    ['rdb-only', '1'],
    // Valkey 9 sends the TTLs of hash fields only to a replica with a version that supports them.
    ['version', '9.0.0'],
  ]) {
    await connection.send(encodeCommand('REPLCONF', ...option))
    await replica.line().catch(unlessForbidden)
  }
  await connection.send(encodeCommand('PSYNC', '?', '-1'))
  const line = await replica.line().catch(async (error) => {
    if (!(error instanceof ReplyError) || !/unknown command/i.test(error.message)) throw error
    await connection.send(encodeCommand('SYNC'))
    return ''
  })
  const [, id, offset] = /^\+FULLRESYNC ([0-9a-f]{40}) (\d+)$/i.exec(line) ?? []
  return id === undefined ? undefined : { id, offset: Number(offset) }
}

function unlessForbidden(error: unknown): void {
  if (!(error instanceof ReplyError)) throw error
}

/**
 * When the running save of the server began, by the local clock; undefined if there is none or the server does not
 * report it.
 */
async function saveUnderWay(node: RedisNode, { access, clock, signal, note }: ShardRequest): Promise<Date | undefined> {
  const info = await using(await connectCommands(node, access, { signal, note }), (connection) =>
    infoOf(connection, 'persistence'),
  )
  const seconds = Number(info.rdb_current_bgsave_time_sec ?? -1)
  return info.rdb_bgsave_in_progress === '1' && seconds >= 0
    ? new Date(clock.now().getTime() - seconds * 1000)
    : undefined
}

const margin = 2000

/** If a save for another replica is already running, the server sends its RDB: the data is as old as that save. */
async function instantOf(
  node: RedisNode,
  request: ShardRequest,
  answered: Date,
  before: Date | undefined,
): Promise<Date> {
  if (!before) return answered
  const now = await saveUnderWay(node, request).catch(() => before)
  const began = now ?? before
  return answered.getTime() - began.getTime() > margin ? began : answered
}

/** Writes the RDB to the spool and disconnects after the last byte. */
async function pump(connection: RawConnection, rdb: AsyncIterable<Buffer>, spool: Spool): Promise<void> {
  try {
    for await (const chunk of rdb) await spool.write(chunk)
    spool.end()
  } catch (error) {
    spool.fail(error)
  } finally {
    connection.close()
  }
}

interface ReplicaHandshake {
  readonly connection: RawConnection
  readonly spool: Spool
  readonly pumped: Promise<void>
  readonly taken: Date
  readonly frame: Frame
  readonly replication: ShardStream['replication']
}

function streamOf({ connection, spool, pumped, taken, frame, replication }: ReplicaHandshake): ShardStream {
  return {
    taken,
    ...(replication && { replication }),
    ...('length' in frame && { length: frame.length }),
    bytes: () => spool.read(),
    notes: [],
    async close() {
      connection.close()
      await spool.close()
      await pumped
    },
  }
}
