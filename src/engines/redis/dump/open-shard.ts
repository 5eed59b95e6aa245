// Opens the shards of a layout with one method. `auto` tries the next method if the server refuses one.
import { Failure } from '../../../domain/failures/failure.ts'
import type { RedisMethod } from '../../../domain/redis/redis-facts.ts'
import type { RedisDumpRequest } from '../../../ports/redis.ts'
import { displayNode, type ParsedRedis } from '../connection/address.ts'
import { isForbidden } from '../connection/errors.ts'
import type { Layout, ShardNodes } from '../connection/layout.ts'
import { openSavedFile } from './bgsave.ts'
import { type Candidate, candidatesOf } from './choose-server.ts'
import { openReplicaStream } from './replica.ts'
import { openScan } from './scan.ts'
import type { ShardRequest, ShardStream } from './shard-stream.ts'

export interface OpenShard extends Candidate {
  readonly nodes: ShardNodes
  readonly stream: ShardStream
}

interface OpenShards {
  readonly method: RedisMethod
  readonly shards: readonly OpenShard[]
}

type Ways = Pick<RedisDumpRequest, 'method' | 'rdbPath' | 'patterns' | 'databases' | 'preferReplica'>

/**
 * Opens all shards concurrently, so that their snapshots are close in time. Throws a Failure; then no shard stays open.
 */
export async function openShards(layout: Layout, parsed: ParsedRedis, request: RedisDumpRequest): Promise<OpenShards> {
  const isPart = request.patterns.length + request.databases.length > 0
  checkWays(layout, request, isPart)
  const methods: RedisMethod[] =
    request.method === 'auto' ? (isPart ? ['scan'] : automatic(layout, request)) : [request.method]
  for (const [at, method] of methods.entries()) {
    try {
      return { method, shards: await openAll(method, layout, { ...request, access: parsed }) }
    } catch (error) {
      const next = methods[at + 1]
      if (next === undefined || !(error instanceof Failure) || !isForbidden(error.cause)) throw error
      const loss = next === 'scan' ? '. The backup is not a consistent snapshot' : ''
      request.note(`The server does not permit the method ${method}, so ${next} is used: ${error.message}${loss}`)
    }
  }
  throw new Error('there is always a method')
}

function automatic(layout: Layout, { rdbPath }: Ways): RedisMethod[] {
  return rdbPath !== undefined && layout.mode === 'standalone' ? ['replica', 'bgsave', 'scan'] : ['replica', 'scan']
}

function checkWays(layout: Layout, { method, rdbPath }: Ways, isPart: boolean): void {
  if (isPart && (method === 'replica' || method === 'bgsave')) {
    throw new Failure(
      'redis/method-mismatch',
      `--redis-pattern and --redis-database cannot be used together with --redis-method ${method}`,
      {
        hint: 'Use --redis-method scan or auto.',
      },
    )
  }
  if (layout.mode === 'cluster' && method === 'bgsave') {
    throw new Failure(
      'redis/method-mismatch',
      '--redis-method bgsave cannot be used for a cluster, which has several RDB files',
      {
        hint: 'Use --redis-method replica.',
      },
    )
  }
  if (method === 'bgsave' && rdbPath === undefined) {
    throw new Failure('redis/method-mismatch', '--redis-method bgsave needs --redis-rdb-path', {
      hint: 'Give the path of the RDB file of the server on this machine.',
    })
  }
}

interface ShardWays extends ShardRequest, Ways {}

async function openAll(method: RedisMethod, layout: Layout, ways: ShardWays): Promise<OpenShard[]> {
  const opened = await Promise.allSettled(layout.shards.map((nodes) => openOne(method, layout, nodes, ways)))
  const failed = opened.find((each) => each.status === 'rejected')
  if (!failed) return opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  await Promise.all(opened.map((each) => each.status === 'fulfilled' && each.value.stream.close()))
  throw failed.reason
}

async function openOne(method: RedisMethod, layout: Layout, nodes: ShardNodes, ways: ShardWays): Promise<OpenShard> {
  // The file of method bgsave belongs to the server in the address, so no replica is read.
  const candidates = await candidatesOf(nodes, ways.preferReplica && method !== 'bgsave', ways)
  for (const [at, candidate] of candidates.entries()) {
    try {
      return { ...candidate, nodes, stream: await openStream(method, layout, candidate, ways) }
    } catch (error) {
      ways.signal.throwIfAborted()
      if (at === candidates.length - 1) throw error
      ways.note(
        `Could not read replica ${displayNode(candidate.node)}, so the master is read: ${(error as Error).message}`,
      )
    }
  }
  throw new Error('there is always a server')
}

function openStream(
  method: RedisMethod,
  layout: Layout,
  { node, role }: Candidate,
  ways: ShardWays,
): Promise<ShardStream> {
  if (method === 'replica') return openReplicaStream(node, ways)
  if (method === 'bgsave') return openSavedFile(node, ways.rdbPath ?? '', ways)
  const cluster = layout.mode === 'cluster'
  const readOnly = cluster && role === 'replica'
  return openScan(node, { patterns: ways.patterns, databases: ways.databases, cluster, readOnly }, ways)
}
