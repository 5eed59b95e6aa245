// Implements the `Redis` port: probes the servers at an address and opens a dump.
import { Failure } from '../../domain/failures/failure.ts'
import type { RedisServerFacts } from '../../domain/redis/redis-facts.ts'
import type { Redis, RedisAddress, RedisDump, RedisDumpRequest, RedisProbe } from '../../ports/redis.ts'
import { displayNode, type ParsedRedis, parseRedisAddress } from './connection/address.ts'
import { type ConnectOptions, connectCommands } from './connection/connect.ts'
import { type Info, infoOf, keysIn, programOf } from './connection/info.ts'
import { findLayout, type Layout } from './connection/layout.ts'
import { mayBeFailover } from './connection/sentinel.ts'
import { versionWarnings } from './connection/versions-apart.ts'
import { watchSlots } from './dump/cluster-slots.ts'
import { openDump } from './dump/open-dump.ts'

/**
 * Attempts to open a dump if slots of a cluster move or Sentinel chooses another master, and the seconds between them.
 */
const attempts = 5
const secondsBetween = 2

/** Throws a failure of kind usage for an invalid address. Does not connect; `probe` and `openDump` do. */
export async function openRedis(address: RedisAddress): Promise<Redis> {
  const parsed = parseRedisAddress(address)
  return {
    display: parsed.display,
    probe: async (signal) => (await inspect(parsed, { signal })).probe,
    async openDump(request) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await openSteady(parsed, request)
        } catch (error) {
          request.signal.throwIfAborted()
          const moved = error instanceof Failure && error.code === 'redis/slots-moved'
          const failedOver = parsed.sentinels.length > 0 && mayBeFailover(error)
          if (!(moved || failedOver) || attempt === attempts) throw error
          const why = moved ? 'The cluster changed' : 'The master may have changed'
          request.note(`${why}, so the backup starts again: ${error.message}`)
          await request.clock.sleep(secondsBetween, request.signal)
        }
      }
    },
    async close() {}, // each operation closes its own connections
  }
}

/** Without INFO, a master of a cluster may look like a standalone server, and databases other than 0 may be missed. */
function requireInfo({ server }: RedisProbe, display: string): void {
  if (server.version !== unknownVersion) return
  throw new Failure('redis/permission-denied', `${display} does not permit INFO, so a backup could be incomplete`, {
    hint: 'Give the user +info (docs/redis.md lists what a backup needs).',
  })
}

const unknownVersion = '0.0.0'

/**
 * Throws `redis/slots-moved` if slots move while the shards are opened: their keys could be in two shards, or in none.
 */
async function openSteady(parsed: ParsedRedis, request: RedisDumpRequest): Promise<RedisDump> {
  const options = { signal: request.signal, note: (sentence: string) => request.note(sentence) }
  const { layout, infos, probe } = await inspect(parsed, options)
  requireInfo(probe, parsed.display)
  const warnings = await versionWarnings(layout, infos, parsed, request.signal)
  const slots = layout.mode === 'cluster' ? await watchSlots(layout, parsed, options) : undefined
  const dump = await openDump({ layout, parsed, server: probe.server, warnings, ...(slots && { slots }) }, request)
  try {
    await slots?.check()
    return dump
  } catch (error) {
    await dump.close()
    throw error
  }
}

interface Inspected {
  readonly layout: Layout
  readonly infos: readonly Info[]
  readonly probe: RedisProbe
}

async function inspect(parsed: ParsedRedis, options: ConnectOptions): Promise<Inspected> {
  const layout = await findLayout(parsed, options)
  const infos = await Promise.all(layout.shards.map(({ node }) => infoAt(node, parsed, options)))
  const keys = infos.reduce((sum, info) => sum + keysIn(info).reduce((all, each) => all + each.keys, 0), 0)
  const warnings = [
    ...ofAddress(parsed),
    ...layout.shards.flatMap(({ node }, at) => ofServer(displayNode(node), infos[at] ?? {})),
  ]
  return { layout, infos, probe: { server: serverFacts(layout, infos, parsed), keys, warnings } }
}

async function infoAt(
  node: ParsedRedis | Layout['shards'][number]['node'],
  parsed: ParsedRedis,
  options: ConnectOptions,
): Promise<Info> {
  const connection = await connectCommands(node, parsed, options)
  try {
    return await infoOf(connection)
  } finally {
    connection.close()
  }
}

function serverFacts({ mode }: Layout, infos: readonly Info[], { display }: ParsedRedis): RedisServerFacts {
  const [first = {}] = infos
  const program = programOf(first)
  const version = program.version || unknownVersion
  const memory = infos.map(
    ({ used_memory, used_memory_startup = '0' }) => Number(used_memory) - Number(used_memory_startup),
  )
  const sum = memory.reduce((all, each) => all + each, 0)
  return {
    ...{ engine: program.product, version, major: Number.parseInt(version, 10) || 0, mode, address: display },
    ...(first.aof_enabled !== undefined && { aof: first.aof_enabled === '1' }),
    ...(first.maxmemory_policy !== undefined && { eviction: first.maxmemory_policy }),
    ...(Number.isFinite(sum) && { memory: Math.max(0, sum) }),
  }
}

function ofAddress({ database }: ParsedRedis): string[] {
  if (database === 0) return []
  return [
    `All databases are backed up, although REDIS_URL names database ${database}. To back up only this one, use --redis-database ${database} (method scan).`,
  ]
}

function ofServer(where: string, info: Info): string[] {
  return [
    ...(info.redis_version === undefined
      ? [`${where} does not permit INFO, so its version, memory and number of keys are not known.`]
      : []),
    ...(info.role === 'slave' && info.master_link_status !== 'up'
      ? [`${where} is a replica without a connection to its master, so its data may be old.`]
      : []),
    ...(info.rdb_last_bgsave_status === 'err'
      ? [`The last save of ${where} failed: its disk may be full, or fork may fail. Read its log.`]
      : []),
  ]
}
