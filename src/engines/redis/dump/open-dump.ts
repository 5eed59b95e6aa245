// Opens a dump of Redis: starts the snapshots of all shards first, then streams one RDB after the other and reads each
// on the way.
import type { Snapshot } from '../../../domain/manifest/manifest.ts'
import type { RedisDumpFacts, RedisServerFacts, RedisShard } from '../../../domain/redis/redis-facts.ts'
import { keysOf } from '../../../domain/redis/redis-fingerprint.ts'
import type { DumpPayload } from '../../../ports/platform.ts'
import type { RedisDump, RedisDumpRequest } from '../../../ports/redis.ts'
import { displayNode, type ParsedRedis } from '../connection/address.ts'
import type { Layout } from '../connection/layout.ts'
import { addPrints } from '../rdb/fingerprint.ts'
import { OwnSlotsOnly, type SlotWatch } from './cluster-slots.ts'
import { type OpenShard, openShards } from './open-shard.ts'
import { readTogether } from './read-together.ts'
import { requireEmpty } from './require-empty.ts'
import { type WatchedRdb, type WatchedResult, watchRdb } from './watched.ts'

interface DumpedServer {
  /** Only for a cluster: checks whether slots have moved since the layout was read. */
  readonly slots?: SlotWatch
  readonly layout: Layout
  readonly parsed: ParsedRedis
  readonly server: RedisServerFacts
  /** Sentences for the notes. */
  readonly warnings: readonly string[]
}

/** Throws a Failure; then nothing stays open. */
export async function openDump(dumped: DumpedServer, request: RedisDumpRequest): Promise<RedisDump> {
  const { layout, parsed, server, slots } = dumped
  const notes: string[] = []
  const noting = {
    ...request,
    note(sentence: string) {
      notes.push(sentence)
      request.note(sentence)
    },
  }
  for (const warning of dumped.warnings) noting.note(warning)
  const { method, shards: opened } = await openShards(layout, parsed, noting)
  const shards = method === 'scan' && slots ? together(opened, slots, request) : opened
  if (parsed.sentinels.length > 0 && method === 'replica' && shards.some(({ role }) => role === 'master'))
    noting.note(sentinelNote(parsed))
  const watched = shards.map((shard) => ({ shard, file: fileOf(shard, shards), rdb: watchShard(shard) }))
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
      const isWhole = request.patterns.length + request.databases.length === 0
      if (isWhole && keysOf(fingerprint) === 0)
        await requireEmpty(
          shards.map(({ node }) => node),
          parsed,
          request,
        )
      return {
        server: serverOf(server, results),
        dump,
        fingerprint,
        notes: [...notes, ...shards.flatMap(({ stream }) => stream.notes)],
      }
    },
    async close() {
      for (const { rdb } of watched) rdb.stream.on('error', () => {}).destroy()
      await Promise.all(shards.map(({ stream }) => stream.close()))
    },
  }
}

/** The redis_version that Valkey reports for clients that know only Redis. */
const compatible = '7.2.4'

/** If a proxy hides parts of INFO, only the RDB shows that the server is Valkey. */
function serverOf(server: RedisServerFacts, results: readonly WatchedResult[]): RedisServerFacts {
  const version = results.find(({ valkey }) => valkey !== undefined)?.valkey
  if (version === undefined || server.engine !== 'redis' || server.version !== compatible) return server
  return { ...server, engine: 'valkey', version, major: Number.parseInt(version, 10) || 0 }
}

/**
 * The method scan reads each key at a different time, so all shards are read concurrently and no slot may move
 * meanwhile.
 */
function together(shards: readonly OpenShard[], slots: SlotWatch, { temporary }: RedisDumpRequest): OpenShard[] {
  const streams = readTogether(
    shards.map(({ stream }) => stream),
    { temporary, check: () => slots.check() },
  )
  return shards.map((shard, at) => ({ ...shard, stream: streams[at] ?? shard.stream }))
}

function watchShard({ stream, nodes }: OpenShard): WatchedRdb {
  return watchRdb(stream.bytes(), nodes.slots === undefined ? [] : [new OwnSlotsOnly(nodes)])
}

const noChecksum =
  'The server writes its RDB without a checksum (rdbchecksum no), so damage during the transfer would not be detected.'

function sentinelNote({ display }: ParsedRedis): string {
  return `Sentinel may list this backup as a replica that is down (port 0), because it reads from the master. Remove it with SENTINEL RESET ${display} on each Sentinel, or read from a replica.`
}

function fileOf(shard: OpenShard, shards: readonly OpenShard[]): string {
  return shard.nodes.slots === undefined ? 'dump.rdb' : `shard-${shards.indexOf(shard)}.rdb`
}

/** `taken` is the time of the earliest shard. */
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
