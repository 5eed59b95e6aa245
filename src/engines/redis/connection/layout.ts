// Finds the servers of an address, with their replicas: one server, the master that Sentinel names, or the masters of a
// cluster.
import { Failure } from '../../../domain/failures/failure.ts'
import { displayNode, type ParsedRedis, type RedisNode } from './address.ts'
import type { CommandConnection, ConnectOptions, TextReply } from './connect.ts'
import { explainRedis } from './errors.ts'
import { type Info, replicasIn } from './info.ts'
import { askForList, askForText } from './replies.ts'
import { InvalidReply, ReplyError } from './resp.ts'
import { type ConnectedNode, connectMaster, connectNode } from './sentinel.ts'

/** One server, or one master of a cluster, and its replicas. */
export interface ShardNodes {
  /** The master, or the replica that the address names. */
  readonly node: RedisNode
  readonly role: 'master' | 'replica'
  /** Replicas that the master lists as available; they may be unreachable from this machine. */
  readonly replicas: readonly RedisNode[]
  /** Only in a cluster: `0-5460` or `0-99,200`. */
  readonly slots?: string
}

export interface Layout {
  readonly mode: 'standalone' | 'cluster'
  /** In order of slots. */
  readonly shards: readonly ShardNodes[]
}

/** Throws a failure of kind unreachable, or of kind refused for a cluster that does not serve every slot. */
export async function findLayout(parsed: ParsedRedis, options: ConnectOptions = {}): Promise<Layout> {
  const { node, connection, info } = await connectFirst(parsed, options)
  try {
    if (await isCluster(connection, info)) return await clusterAt(connection, node)
    return { mode: 'standalone', shards: [shardOf(node, info)] }
  } catch (error) {
    throw explainRedis(error, connection.display)
  } finally {
    connection.close()
  }
}

/** Connects to the server of the address, or to the master that a Sentinel names. */
async function connectFirst(parsed: ParsedRedis, options: ConnectOptions): Promise<ConnectedNode> {
  return parsed.sentinels.length > 0 ? connectMaster(parsed, options) : connectNode(parsed, parsed, options)
}

/** If INFO omits the mode, CLUSTER INFO decides. Throws `redis/permission-denied` if neither shows the mode. */
async function isCluster(connection: CommandConnection, info: Info): Promise<boolean> {
  const { cluster_enabled: enabled, redis_mode: mode, redis_version: version } = info
  if (enabled !== undefined || mode !== undefined) return enabled === '1' || mode === 'cluster'
  try {
    await connection.askText('CLUSTER', 'INFO')
    return true
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error
    // Without INFO, the caller decides what is possible.
    if (version === undefined || !error.message.startsWith('NOPERM')) return false
    throw new Failure(
      'redis/permission-denied',
      `could not determine whether ${connection.display} is part of a cluster`,
      {
        hint: 'Permit INFO completely, or give the user +cluster|info.',
        cause: error,
      },
    )
  }
}

function shardOf({ host, port }: RedisNode, info: Info): ShardNodes {
  const replica = info.role === 'slave'
  return { node: { host, port }, role: replica ? 'replica' : 'master', replicas: replica ? [] : replicasIn(info) }
}

const slotsOfCluster = 16_384

async function clusterAt(connection: CommandConnection, asked: RedisNode): Promise<Layout> {
  const state = await askForText(connection, 'CLUSTER', 'INFO')
  if (!/^cluster_state:ok/m.test(state)) {
    throw new Failure(
      'redis/cluster-incomplete',
      `the cluster is incomplete: ${connection.display} reports a state other than ok`,
      clusterHint,
    )
  }
  const answer = await askForList(connection, 'CLUSTER', 'SLOTS')
  const ranges = answer.map((range) => rangeOf(range, asked)).sort((a, b) => a.from - b.from)
  const served = ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0)
  if (served !== slotsOfCluster) {
    throw new Failure(
      'redis/cluster-incomplete',
      `the cluster is incomplete: ${served} of ${slotsOfCluster} slots are served`,
      clusterHint,
    )
  }
  const shards = Map.groupBy(ranges, ({ nodes: [master] }) => (master ? displayNode(master) : ''))
  return { mode: 'cluster', shards: [...shards.values()].map(shardOfRanges) }
}

const clusterHint = {
  hint: 'Run redis-cli --cluster check and repair the cluster first, because a partial backup would look complete.',
}

interface SlotRange {
  readonly from: number
  readonly to: number
  /** The master first. */
  readonly nodes: readonly RedisNode[]
}

function rangeOf(range: TextReply, asked: RedisNode): SlotRange {
  const [from, to, ...nodes] = Array.isArray(range) ? range : []
  const isRange = typeof from === 'number' && typeof to === 'number' && 0 <= from && from <= to && to < slotsOfCluster
  if (!isRange || nodes.length === 0) throw new InvalidReply('CLUSTER SLOTS')
  return { from, to, nodes: nodes.map((node) => nodeOf(node, asked)) }
}

/** A node that does not know its own address omits the host: it is the node that was asked. */
function nodeOf(node: TextReply, asked: RedisNode): RedisNode {
  const [host, port] = Array.isArray(node) ? node : []
  const isPort = typeof port === 'number' && port > 0 && port < 65_536
  if (!isPort || (host !== null && typeof host !== 'string')) throw new InvalidReply('CLUSTER SLOTS')
  return { host: host === null || host === '' || host === '?' ? asked.host : host, port }
}

function shardOfRanges(ranges: readonly SlotRange[]): ShardNodes {
  const [node = { host: '', port: 0 }, ...replicas] = ranges[0]?.nodes ?? []
  const slots = ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
  return { node, role: 'master', replicas, slots }
}
