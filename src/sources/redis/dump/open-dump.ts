// A dump of Redis: every shard's instant first, then one RDB after the other, read as they pass.
import type { Snapshot } from '../../../domain/manifest.ts'
import type { RedisDumpFacts, RedisServerFacts, RedisShard } from '../../../domain/redis/redis-facts.ts'
import type { DumpPayload } from '../../../operations/platform-ports.ts'
import type { RedisDump, RedisDumpRequest } from '../../../operations/redis-ports.ts'
import { displayNode, type ParsedRedis } from '../address.ts'
import type { Layout } from '../layout.ts'
import { addPrints } from '../rdb/print.ts'
import { type OpenShard, openShards } from './open-shard.ts'
import { type WatchedRdb, watchRdb } from './watched.ts'

export interface DumpedServer {
  readonly layout: Layout
  readonly parsed: ParsedRedis
  readonly server: RedisServerFacts
}

/** Throws a Failure, and leaves nothing open. */
export async function openDump({ layout, parsed, server }: DumpedServer, request: RedisDumpRequest): Promise<RedisDump> {
  const notes: string[] = []
  const noting = {
    ...request,
    note(sentence: string) {
      notes.push(sentence)
      request.note(sentence)
    },
  }
  const { method, shards } = await openShards(layout, parsed, noting)
  if (parsed.sentinels.length > 0 && method === 'replica' && shards.some(({ role }) => role === 'master'))
    noting.note(sentinelNote(parsed))
  const watched = shards.map((shard) => ({ shard, file: fileOf(shard, shards), rdb: watchRdb(shard.stream.bytes()) }))
  return {
    snapshot: snapshotOf(shards),
    async *payloads() {
      for (const { shard, file, rdb } of watched) yield payloadOf(shard, file, rdb, server)
    },
    async finish() {
      const results = watched.map(({ rdb }) => rdb.result())
      if (results.some(({ checksum }) => checksum === 'absent')) notes.push(noChecksum)
      const found = watched.map(({ shard, file }, at) => shardFacts(shard, file, results[at]?.version ?? 0))
      const dump: RedisDumpFacts = {
        method,
        consistency: method === 'scan' ? 'per-key' : 'instant',
        ...(request.patterns.length > 0 && { patterns: request.patterns }),
        ...(request.databases.length > 0 && { databases: request.databases }),
        shards: found,
      }
      const fingerprint = addPrints(results.map(({ print }) => print))
      return { server, dump, fingerprint, notes: [...notes, ...shards.flatMap(({ stream }) => stream.notes)] }
    },
    async close() {
      for (const { rdb } of watched) rdb.stream.on('error', () => {}).destroy()
      await Promise.all(shards.map(({ stream }) => stream.close()))
    },
  }
}

const noChecksum = 'The server writes its RDB without a checksum (rdbchecksum no): damage on its way to us would not show.'

function sentinelNote({ display }: ParsedRedis): string {
  return `While a master is read, Sentinel may take us for a replica (an address with port 0) and remember it, down for ever. Remove it with SENTINEL RESET ${display} at each Sentinel, or let a replica be read.`
}

function fileOf(shard: OpenShard, shards: readonly OpenShard[]): string {
  return shard.nodes.slots === undefined ? 'dump.rdb' : `shard-${shards.indexOf(shard)}.rdb`
}

/** The time of the earliest. */
function snapshotOf(shards: readonly OpenShard[]): Snapshot {
  const earliest = Math.min(...shards.map(({ stream }) => stream.taken.getTime()))
  return { taken: new Date(earliest).toISOString(), standby: shards.some(({ role }) => role === 'replica') }
}

function payloadOf({ stream }: OpenShard, file: string, rdb: WatchedRdb, server: RedisServerFacts): DumpPayload {
  return { file, role: 'rdb', stream: rdb.stream, estimate: stream.length ?? server.memory ?? 0 }
}

function shardFacts({ node, role, nodes, stream }: OpenShard, file: string, rdbVersion: number): RedisShard {
  return {
    ...{ file, address: displayNode(node), role, rdbVersion },
    taken: stream.taken.toISOString(),
    ...(stream.replication && { replication: stream.replication }),
    ...(nodes.slots !== undefined && { slots: nodes.slots }),
  }
}
